namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Something could not be saved or read: the store failed for longer than <see cref="CheckpointOptions.GiveUpAfter"/>, or a value cannot be turned into bytes or back.</summary>
public sealed class CheckpointException : AntFlowException
{
    internal CheckpointException(string message, Exception? inner, object? unsavedValue = null, bool isFinal = false)
        : base(message, inner)
    {
        UnsavedValue = unsavedValue;
        IsFinal = isFinal;
    }

    /// <summary>Whether the store failed for too long, and not a value.</summary>
    internal bool IsOfStore { get; init; }

    /// <summary>What the stage had made of the item, the answer of <c>OnceAsync</c>, or what the item was fed as, and what could not be saved, so that it is not lost; null if there was nothing.</summary>
    public object? UnsavedValue { get; }

    internal override bool IsFinal { get; }
}
