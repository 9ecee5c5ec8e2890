namespace AntFlow.Dataflow;

/// <summary>The base of the exceptions this library throws or puts into results, those that are an <see cref="OperationCanceledException"/> or an
/// <see cref="InvalidOperationException"/> aside.</summary>
public abstract class AntFlowException : Exception
{
    private protected AntFlowException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether an attempt that fails with this is the last one of its item, whatever the retry policy says: what is not known or not possible now is not a moment later.</summary>
    internal virtual bool IsFinal => false;

    /// <summary>The function that failed, where an item fails with this before it begins; empty where none has, null where that is not known.</summary>
    internal string? Function { get; init; }
}
