using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Something was fed to a run that takes nothing more: it was completed, stopped or canceled.</summary>
public sealed class PipelineClosedException : InvalidOperationException
{
    internal PipelineClosedException(int accepted)
        : base(string.Create(CultureInfo.InvariantCulture, $"The run takes no more items: it was completed, stopped or canceled. {accepted} items of this call were accepted."))
    {
        Accepted = accepted;
    }

    /// <summary>How many items of the call were accepted; each of them has, or will have, a result.</summary>
    public int Accepted { get; }
}
