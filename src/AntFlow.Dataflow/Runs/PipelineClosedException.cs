using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Something was fed to a run that takes nothing more: it was completed, stopped or canceled.</summary>
public sealed class PipelineClosedException : InvalidOperationException
{
    internal PipelineClosedException(long accepted, long notPlaced)
        : base(string.Create(CultureInfo.InvariantCulture, $"The run takes no more items: it was completed, stopped or canceled. {accepted} items of this call were accepted{(notPlaced > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {notPlaced} more taken from its input and not placed") : string.Empty)}."))
    {
        Accepted = accepted;
        NotPlaced = notPlaced;
    }

    /// <summary>How many items of the call were accepted; each of them has, or will have, a result.</summary>
    public long Accepted { get; }

    /// <summary>How many items were taken from the input of the call and not placed: the input does not have them any more. Zero for collections, which still have theirs.</summary>
    public long NotPlaced { get; }
}
