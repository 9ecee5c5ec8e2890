namespace AntFlow.Dataflow;

/// <summary>The base class of the exceptions that this library throws or puts into results, except those that derive from <see cref="OperationCanceledException"/> or
/// <see cref="InvalidOperationException"/>.</summary>
public abstract class AntFlowException : Exception
{
    private protected AntFlowException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether an attempt that fails with this exception is the last one of its item, whatever the retry policy decides, because another attempt would fail for the same reason.</summary>
    internal virtual bool IsFinal => false;

    /// <summary>The function that failed, if an item fails with this exception before it starts; empty if no function failed, null if that is unknown.</summary>
    internal string? Function { get; init; }
}
