using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>A feed call was canceled by its own token.</summary>
public sealed class FeedCanceledException : OperationCanceledException
{
    internal FeedCanceledException(int accepted, CancellationToken cancellationToken)
        : base(string.Create(CultureInfo.InvariantCulture, $"The feed call was canceled after {accepted} items had been accepted."), cancellationToken)
    {
        Accepted = accepted;
    }

    /// <summary>How many items of the call were accepted; each of them has, or will have, a result. One that waited for room is among them.</summary>
    public int Accepted { get; }
}
