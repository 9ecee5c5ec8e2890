namespace AntFlow.Dataflow;

/// <summary>The condition for which <see cref="Futures.WaitAsync{T}"/> waits.</summary>
public enum WaitStrategy
{
    /// <summary>All futures have completed.</summary>
    AllCompleted,

    /// <summary>One future has completed: with a result, failed, or canceled.</summary>
    FirstCompleted,

    /// <summary>One future has failed, or all have completed. A canceled future does not count as failed.</summary>
    FirstException,
}

/// <summary>The futures that have completed and those that have not, each in the order in which they were passed.</summary>
/// <typeparam name="T">The type of the results of the futures.</typeparam>
/// <param name="Done">The completed futures: with a result, failed, or canceled.</param>
/// <param name="Pending">The futures that have not completed.</param>
public sealed record WaitResult<T>(IReadOnlyList<Task<T>> Done, IReadOnlyList<Task<T>> Pending);
