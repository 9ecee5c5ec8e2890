namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown when a call is passed to an executor that was shut down, or is canceled by its shutdown.</summary>
public sealed class ExecutorShutdownException : InvalidOperationException
{
    internal ExecutorShutdownException(string message)
        : base(message)
    {
    }

    internal static ExecutorShutdownException Closed() => new("The executor was shut down and takes no more calls.");

    internal static ExecutorShutdownException Canceled() => new("The executor was shut down with cancelPending before the map was done.");
}
