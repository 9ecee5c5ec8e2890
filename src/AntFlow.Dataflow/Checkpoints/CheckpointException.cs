namespace AntFlow.Dataflow;

/// <summary>Something could not be saved or read: the store failed for longer than <see cref="CheckpointOptions.GiveUpAfter"/>, or a value cannot be turned into bytes or back.</summary>
public sealed class CheckpointException : AntFlowException
{
    internal CheckpointException(string message, Exception? inner, object? unsavedValue = null)
        : base(message, inner)
    {
        UnsavedValue = unsavedValue;
    }

    /// <summary>Whether the store failed for too long, and not a value.</summary>
    internal bool IsOfStore { get; init; }

    /// <summary>What the stage had made of the item and what could not be saved, so that it is not lost; null if there was nothing.</summary>
    public object? UnsavedValue { get; }
}
