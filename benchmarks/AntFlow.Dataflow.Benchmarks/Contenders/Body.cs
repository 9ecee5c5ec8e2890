namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>What a task does.</summary>
public enum Body
{
    /// <summary>An async method that never suspends.</summary>
    AtOnce,

    /// <summary>An async method that suspends once.</summary>
    Suspends,

    /// <summary>A method that is not async and gives a completed task.</summary>
    FromResult,

    /// <summary>A method that gives no task.</summary>
    Sync,
}

/// <summary>The tasks: each adds one.</summary>
public static class Bodies
{
    public static long Add(long value) => value + 1;

    public static async Task<long> AddAtOnceAsync(long value)
    {
        await Task.CompletedTask;
        return value + 1;
    }

    public static async Task<long> AddLaterAsync(long value)
    {
        await Task.Yield();
        return value + 1;
    }

    public static Func<long, Task<long>> Of(Body body) => body switch
    {
        Body.AtOnce => AddAtOnceAsync,
        Body.FromResult => value => Task.FromResult(value + 1),
        _ => AddLaterAsync,
    };
}
