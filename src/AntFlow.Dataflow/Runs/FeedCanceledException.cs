using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>A feed call was canceled by its own token.</summary>
public sealed class FeedCanceledException : OperationCanceledException
{
    internal FeedCanceledException(long accepted, long notPlaced, CancellationToken cancellationToken)
        : base(string.Create(CultureInfo.InvariantCulture, $"The feed call was canceled after {accepted} items had been accepted{(notPlaced > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {notPlaced} more taken from its input and not placed") : string.Empty)}."), cancellationToken)
    {
        Accepted = accepted;
        NotPlaced = notPlaced;
    }

    /// <summary>How many items of the call were accepted; each of them has, or will have, a result. One that waited for room is among them.</summary>
    public long Accepted { get; }

    /// <summary>How many items were taken from the input of the call and not placed: the input does not have them any more. Zero for collections, which still have theirs.</summary>
    public long NotPlaced { get; }
}
