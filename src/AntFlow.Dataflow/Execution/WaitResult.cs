namespace AntFlow.Dataflow;

/// <summary>When <see cref="Futures.WaitAsync{T}"/> returns.</summary>
public enum WaitStrategy
{
    /// <summary>When all have ended.</summary>
    AllCompleted,

    /// <summary>When one has ended, however it did.</summary>
    FirstCompleted,

    /// <summary>When one has failed (being canceled is no failure), or all have ended.</summary>
    FirstException,
}

/// <summary>Which futures have ended and which have not, each in the order they were given in.</summary>
/// <typeparam name="T">What they make.</typeparam>
/// <param name="Done">Those that have ended: with a result, an error, or canceled.</param>
/// <param name="Pending">Those that have not.</param>
public sealed record WaitResult<T>(IReadOnlyList<Task<T>> Done, IReadOnlyList<Task<T>> Pending);
