namespace AntFlow.Dataflow.Tests;

/// <summary>How long a test waits for something that has to happen: long enough for the slowest machine, and no promise about time.</summary>
internal static class Patience
{
    private static readonly TimeSpan _limit = Testing.Waiting.Patience;

    public static Task InTime(this Task task) => task.WaitAsync(_limit);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(_limit);

    /// <summary>Waits for the end of a task whatever it is.</summary>
    public static async Task Ended(this Task task) => await task.InTime().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Starts the bodies together, each on a thread of its own, and waits for all.</summary>
    public static Task Together(int count, Action<int> body)
    {
        var start = new ManualResetEventSlim();
        Task[] tasks = [.. Enumerable.Range(0, count).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.Wait();
                body(i);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        start.Set();
        return Task.WhenAll(tasks).InTime();
    }
}
