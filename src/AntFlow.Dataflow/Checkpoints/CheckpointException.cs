namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Thrown when something could not be saved or read: the store failed for longer than <see cref="CheckpointOptions.GiveUpAfter"/>, or a value cannot be serialized or deserialized.</summary>
public sealed class CheckpointException : AntFlowException
{
    internal CheckpointException(string message, Exception? inner, object? unsavedValue = null, bool isFinal = false)
        : base(message, inner)
    {
        UnsavedValue = unsavedValue;
        IsFinal = isFinal;
    }

    /// <summary>Gets whether the store failed for too long; false if a value is the cause.</summary>
    internal bool IsOfStore { get; init; }

    /// <summary>Gets the value that could not be saved, so that it is not lost: the result of the stage, the answer of <c>OnceAsync</c>, or the input. Null if there was none.</summary>
    public object? UnsavedValue { get; }

    internal override bool IsFinal { get; }
}
