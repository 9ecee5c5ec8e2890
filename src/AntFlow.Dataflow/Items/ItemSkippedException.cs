namespace AntFlow.Dataflow;

/// <summary>Why an item ended Canceled that was taken out of its run by <c>CheckpointInspector.SkipAsync</c>. The message is the reason that was given there.</summary>
public sealed class ItemSkippedException : OperationCanceledException
{
    internal ItemSkippedException(string reason)
        : base(reason)
    {
    }
}
