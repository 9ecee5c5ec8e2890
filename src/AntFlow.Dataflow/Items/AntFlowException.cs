namespace AntFlow.Dataflow;

/// <summary>The base of the exceptions this library throws or puts into results, those that are an <see cref="OperationCanceledException"/> or an
/// <see cref="InvalidOperationException"/> aside.</summary>
public abstract class AntFlowException : Exception
{
    private protected AntFlowException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
