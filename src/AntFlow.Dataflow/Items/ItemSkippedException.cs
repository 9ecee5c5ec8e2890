namespace AntFlow.Dataflow;

/// <summary>The error of an item that was removed from its run by <c>CheckpointInspector.SkipAsync</c> and so ended Canceled. The message is the reason that was passed there.</summary>
public sealed class ItemSkippedException : OperationCanceledException
{
    internal ItemSkippedException(string reason)
        : base(reason)
    {
    }
}
