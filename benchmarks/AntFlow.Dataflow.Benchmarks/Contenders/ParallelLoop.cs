namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary><see cref="Parallel.ForEachAsync{TSource}(IEnumerable{TSource}, ParallelOptions, Func{TSource, CancellationToken, ValueTask})"/>: no stages at all, the tasks one
/// after the other, with as many workers as three stages have.</summary>
public static class ParallelLoop
{
    private static readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = Workload.Workers * Workload.Stages };

    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        long sum = 0;
        await Parallel.ForEachAsync(work.Values, _options, async (value, _) =>
        {
            long result = await task(await task(await task(value)));
            Interlocked.Add(ref sum, result);
        });
        work.Check(sum, Workload.Stages);
    }
}
