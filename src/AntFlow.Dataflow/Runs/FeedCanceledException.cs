using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Thrown by a feed call that was canceled by its own token.</summary>
public sealed class FeedCanceledException : OperationCanceledException
{
    internal FeedCanceledException(long accepted, long notAccepted, CancellationToken cancellationToken)
        : base(string.Create(CultureInfo.InvariantCulture, $"The feed call was canceled after {accepted} {(accepted == 1 ? "item" : "items")} had been accepted{(notAccepted > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {notAccepted} more taken from its input and not placed") : string.Empty)}."), cancellationToken)
    {
        Accepted = accepted;
        NotAccepted = notAccepted;
    }

    /// <summary>How many items of the call were accepted, including one that still waited for room. Each has a result, or will have one.</summary>
    public long Accepted { get; }

    /// <summary>How many items were taken from the input of the call and not placed: the input no longer has them. Zero for collections, which keep their items.</summary>
    public long NotAccepted { get; }
}
