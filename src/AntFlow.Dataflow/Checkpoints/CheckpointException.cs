namespace AntFlow.Dataflow;

/// <summary>Something could not be saved or read: the store failed for longer than <see cref="CheckpointOptions.GiveUpAfter"/>, or a value cannot be turned into bytes or back.</summary>
public sealed class CheckpointException : AntFlowException
{
    internal CheckpointException(string message, Exception? inner, object? unsavedValue = null)
        : base(message, inner)
    {
        UnsavedValue = unsavedValue;
    }

    /// <summary>What the stage had made of the item, or the item was fed as, and what could not be saved, so that it is not lost; null if there was nothing.</summary>
    public object? UnsavedValue { get; }
}
