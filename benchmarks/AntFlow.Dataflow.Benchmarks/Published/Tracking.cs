using AntFlow.Dataflow.Benchmarks.Contenders;
using BenchmarkDotNet.Attributes;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>What does it cost to know where every item was? Three stages of eight workers; times and bytes are per item and stage.</summary>
[SimpleJob(warmupCount: 3, iterationCount: 9)]
public class Tracking
{
    private const int Items = 40_000;
    private const int Hops = Items * Workload.Stages;
    private readonly Workload _work = new(Items);
    private Pipeline<long, long>? _pipeline;

    [Params(Body.AtOnce, Body.Suspends)]
    public Body Body { get; set; }

    [GlobalSetup]
    public void Build() => _pipeline = OurPipeline.Build(Body);

    [Benchmark(Baseline = true, Description = "no tracker", OperationsPerInvoke = Hops)]
    public Task None() => OurPipeline.RunAsync(_pipeline!, _work);

    [Benchmark(Description = "history of every item", OperationsPerInvoke = Hops)]
    public Task History() => OurPipeline.RunTrackedAsync(_pipeline!, _work);

    [Benchmark(Description = "history and a callback for every change", OperationsPerInvoke = Hops)]
    public async Task<long> Callback()
    {
        long changes = 0;
        var tracker = new StatusTracker
        {
            OnStatusChange = (_, _) =>
            {
                changes++;
                return ValueTask.CompletedTask;
            },
        };
        long sum = 0;
        await foreach (PipelineResult<long> result in _pipeline!.StreamAsync(_work.Items, new RunOptions { Tracker = tracker }))
            sum += result.Value;
        _work.Check(sum, Workload.Stages);
        return changes;
    }
}
