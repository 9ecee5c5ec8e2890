using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Thrown when you feed a run that takes no more items, because it was completed, stopped or canceled.</summary>
public sealed class PipelineClosedException : InvalidOperationException
{
    internal PipelineClosedException(long accepted, long notAccepted)
        : base(string.Create(CultureInfo.InvariantCulture, $"The run takes no more items: it was completed, stopped or canceled. {accepted} {(accepted == 1 ? "item of this call was" : "items of this call were")} accepted{(notAccepted > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {notAccepted} more taken from its input and not placed") : string.Empty)}."))
    {
        Accepted = accepted;
        NotAccepted = notAccepted;
    }

    /// <summary>How many items of the call were accepted. Each has a result, or will have one.</summary>
    public long Accepted { get; }

    /// <summary>How many items were taken from the input of the call and not placed: the input no longer has them. Zero for collections, which keep their items.</summary>
    public long NotAccepted { get; }
}
