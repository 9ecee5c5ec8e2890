using EnumerableAsyncProcessor.Extensions;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>EnumerableAsyncProcessor: one stage with eight workers, results in completion order.</summary>
public static class ItemProcessor
{
    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        long sum = 0;
        await using var processor = work.Values.SelectAsync(task, CancellationToken.None).ProcessInParallel(Workload.Workers);
        await foreach (long value in processor.GetResultsAsyncEnumerable())
            sum += value;
        work.Check(sum, stages: 1);
    }
}
