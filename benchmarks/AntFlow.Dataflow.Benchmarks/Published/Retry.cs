using AntFlow.Dataflow.Benchmarks.Contenders;
using BenchmarkDotNet.Attributes;
using Polly;
using Polly.Retry;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>What does a retry policy cost while nothing fails? One stage of eight workers; times and bytes are per item.</summary>
[SimpleJob(warmupCount: 3, iterationCount: 9)]
public class Retry
{
    private const int Items = 40_000;
    private readonly Workload _work = new(Items);
    private Pipeline<long, long>? _without;
    private Pipeline<long, long>? _ours;
    private Pipeline<long, long>? _polly;

    [Params(Body.AtOnce, Body.Suspends)]
    public Body Body { get; set; }

    [GlobalSetup]
    public void Build()
    {
        Func<long, Task<long>> task = Bodies.Of(Body);
        ResiliencePipeline polly = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.FromSeconds(1), BackoffType = DelayBackoffType.Exponential, UseJitter = true })
            .Build();
        _without = Build(task, RetryPolicy.None);
        _ours = Build(task, RetryPolicy.Default);
        _polly = Build(async value => await polly.ExecuteAsync(static async (state, _) => await state.task(state.value), (task, value)), RetryPolicy.None);
    }

    [Benchmark(Baseline = true, Description = "no retry", OperationsPerInvoke = Items)]
    public Task None() => OurPipeline.RunAsync(_without!, _work);

    [Benchmark(Description = "RetryPolicy.Default", OperationsPerInvoke = Items)]
    public Task Ours() => OurPipeline.RunAsync(_ours!, _work);

    [Benchmark(Description = "Polly in the task", OperationsPerInvoke = Items)]
    public Task PollyInTheTask() => OurPipeline.RunAsync(_polly!, _work);

    private static Pipeline<long, long> Build(Func<long, Task<long>> task, RetryPolicy retry) =>
        PipelineBuilder.Stage<long, long>("1", task, Workload.Workers, s => s.Retry = retry).Build();
}
