namespace AntFlow.Dataflow;

/// <summary>The error of an item that was removed from its run by <c>CheckpointInspector.ExcludeAsync</c> and so ended Canceled. The message is the reason that was passed there.</summary>
public sealed class ItemExcludedException : OperationCanceledException
{
    internal ItemExcludedException(string reason)
        : base(reason)
    {
    }
}
