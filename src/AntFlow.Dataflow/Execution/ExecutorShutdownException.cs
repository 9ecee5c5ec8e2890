namespace AntFlow.Dataflow;

/// <summary>A call was given to an executor that was shut down, or was canceled by its shutdown.</summary>
public sealed class ExecutorShutdownException : InvalidOperationException
{
    internal ExecutorShutdownException(string message)
        : base(message)
    {
    }

    internal static ExecutorShutdownException Closed() => new("The executor was shut down and takes no more calls.");

    internal static ExecutorShutdownException Canceled() => new("The executor was shut down with cancelPending before the map was done.");
}
