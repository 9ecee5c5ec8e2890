using System.Threading.Tasks.Dataflow;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>When is the last of 300 items done, if one in twenty takes twenty times as long? Stages of 10, 10 and 5 workers.</summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 9)]
public class Makespan
{
    private const int Items = 300;
    private const int BatchSize = 10;
    private static readonly DataflowLinkOptions _link = new() { PropagateCompletion = true };
    private readonly int[][] _milliseconds = HeavyTailed();

    [Benchmark(Baseline = true, Description = "TransformBlock chain")]
    public async Task RawBlockChain()
    {
        TransformBlock<int, int> first = Block(0, 10);
        TransformBlock<int, int> second = Block(1, 10);
        TransformBlock<int, int> third = Block(2, 5);
        var sink = new ActionBlock<int>(_ => { });
        first.LinkTo(second, _link);
        second.LinkTo(third, _link);
        third.LinkTo(sink, _link);
        for (int item = 0; item < Items; item++)
            first.Post(item);
        first.Complete();
        await sink.Completion;
    }

    [Benchmark(Description = "AntFlow.Dataflow")]
    public async Task Ours()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => SleepAsync(0, x), workers: 10)
            .Then("B", x => SleepAsync(1, x), workers: 10)
            .Then("C", x => SleepAsync(2, x), workers: 5)
            .Build();
        await foreach (PipelineResult<int> _ in pipeline.StreamAsync(Enumerable.Range(0, Items)))
        {
        }
    }

    [Benchmark(Description = "batches of ten, each awaited by Task.WhenAll")]
    public async Task Batches()
    {
        foreach (int[] batch in Enumerable.Range(0, Items).Chunk(BatchSize))
        {
            for (int stage = 0; stage < _milliseconds.Length; stage++)
                await Task.WhenAll(batch.Select(item => SleepAsync(stage, item)));
        }
    }

    private static int[][] HeavyTailed()
    {
        // The same sleeps every time.
        var random = new Random(1);
        return [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, Items).Select(_ => random.Next(5, 11) * (random.Next(20) == 0 ? 20 : 1)).ToArray())];
    }

    private TransformBlock<int, int> Block(int stage, int workers) =>
        new(item => SleepAsync(stage, item), new ExecutionDataflowBlockOptions { MaxDegreeOfParallelism = workers, EnsureOrdered = false });

    private async Task<int> SleepAsync(int stage, int item)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_milliseconds[stage][item]), TimeProvider.System);
        return item;
    }
}
