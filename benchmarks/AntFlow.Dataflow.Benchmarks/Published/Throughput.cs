using AntFlow.Dataflow.Benchmarks.Contenders;
using BenchmarkDotNet.Attributes;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>What does an item cost in a stage, and what would it cost elsewhere? Three stages of eight workers; times and bytes are per item and stage.</summary>
[SimpleJob(warmupCount: 3, iterationCount: 9)]
public class Throughput
{
    private const int Items = 40_000;
    private const int Hops = Items * Workload.Stages;
    private readonly Workload _work = new(Items);
    private Pipeline<long, long>? _pipeline;

    [Params(Body.AtOnce, Body.Suspends)]
    public Body Body { get; set; }

    [GlobalSetup]
    public void Build() => _pipeline = OurPipeline.Build(Body);

    [Benchmark(Baseline = true, Description = "TransformBlock chain", OperationsPerInvoke = Hops)]
    public Task RawBlockChain() => RawBlocks.RunAsync(_work, Body);

    [Benchmark(Description = "AntFlow.Dataflow", OperationsPerInvoke = Hops)]
    public Task Ours() => OurPipeline.RunAsync(_pipeline!, _work);

    [Benchmark(Description = "AntFlow.Dataflow with a tracker", OperationsPerInvoke = Hops)]
    public Task OursTracked() => OurPipeline.RunTrackedAsync(_pipeline!, _work);

    [Benchmark(Description = "BufferBlock + bounded TransformBlock", OperationsPerInvoke = Hops)]
    public Task Buffered() => BufferedBlocks.RunAsync(_work, Body);

    [Benchmark(Description = "bounded Channels", OperationsPerInvoke = Hops)]
    public Task Channels() => ChannelChain.RunAsync(_work, Body);

    [Benchmark(Description = "prioritized Channels (unbounded)", OperationsPerInvoke = Hops)]
    public Task PriorityChannels() => PrioritizedChannels.RunAsync(_work, Body);

    [Benchmark(Description = "Akka.Streams", OperationsPerInvoke = Hops)]
    public Task Akka() => AkkaStream.RunAsync(_work, Body);

    [Benchmark(Description = "EnumerableAsyncProcessor (no stages)", OperationsPerInvoke = Hops)]
    public Task AsyncProcessor() => ItemProcessor.RunThreeTasksAsync(_work, Body);

    [Benchmark(Description = "Parallel.ForEachAsync (no stages)", OperationsPerInvoke = Hops)]
    public Task Loop() => ParallelLoop.RunAsync(_work, Body);
}
