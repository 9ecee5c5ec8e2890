using EnumerableAsyncProcessor.Extensions;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>EnumerableAsyncProcessor, which has no stages: one task with eight workers, or three tasks one after the other with as many workers as three stages have.
/// Results in completion order.</summary>
public static class ItemProcessor
{
    public static Task RunAsync(Workload work, Body body) => RunAsync(work, Bodies.Of(body), stages: 1);

    public static Task RunThreeTasksAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        return RunAsync(work, async value => await task(await task(await task(value))), Workload.Stages);
    }

    private static async Task RunAsync(Workload work, Func<long, Task<long>> task, int stages)
    {
        long sum = 0;
        await using var processor = work.Values.SelectAsync(task, CancellationToken.None).ProcessInParallel(Workload.Workers * stages);
        await foreach (long value in processor.GetResultsAsyncEnumerable())
            sum += value;
        work.Check(sum, stages);
    }
}
