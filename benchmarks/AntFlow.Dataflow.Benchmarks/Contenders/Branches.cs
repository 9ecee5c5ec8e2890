using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Four branches that meet again: a switch, and blocks with predicates on their links.</summary>
public static class Branches
{
    private const int Count = 4;

    private static readonly ExecutionDataflowBlockOptions _options = new() { MaxDegreeOfParallelism = Workload.Workers, EnsureOrdered = false };
    private static readonly DataflowLinkOptions _link = new() { PropagateCompletion = true };

    /// <summary>Each item passes the switch, one branch and the stage behind: two add one.</summary>
    public static Pipeline<long, long> Build() => PipelineBuilder.Of<long>()
        .ThenSwitch("Switch", KeyAtOnceAsync, routes => routes.Case(0, b => Branch(b, 0)).Case(1, b => Branch(b, 1)).Case(2, b => Branch(b, 2)).Case(3, b => Branch(b, 3)), Workload.Workers)
        .Then("Merge", Bodies.AddAtOnceAsync, Workload.Workers)
        .Build();

    public static async Task RunAsync(Pipeline<long, long> pipeline, Workload work)
    {
        long sum = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(work.Items))
            sum += result.Value;
        work.Check(sum, stages: 2);
    }

    /// <summary>The same with raw blocks. The branches complete the block behind them when all of them have.</summary>
    public static async Task RunBlocksAsync(Workload work)
    {
        var keys = new TransformBlock<Envelope, Envelope>(
            async envelope =>
            {
                envelope.Key = await KeyAtOnceAsync(envelope.Value);
                return envelope;
            },
            _options);
        TransformBlock<Envelope, Envelope> merge = Add();
        TransformBlock<Envelope, Envelope>[] branches = [.. Enumerable.Range(0, Count).Select(_ => Add())];
        for (int key = 0; key < Count; key++)
        {
            int mine = key;
            keys.LinkTo(branches[key], _link, envelope => envelope.Key == mine);
            branches[key].LinkTo(merge);
        }

        _ = Task.WhenAll(branches.Select(branch => branch.Completion)).ContinueWith(_ => merge.Complete(), TaskScheduler.Default);
        long sum = 0;
        var sink = new ActionBlock<Envelope>(envelope => sum += envelope.Value);
        merge.LinkTo(sink, _link);
        foreach (long value in work.Values)
            keys.Post(new Envelope(value));
        keys.Complete();
        await sink.Completion;
        work.Check(sum, stages: 2);
    }

    private static PipelineBuilder<long, long> Branch(PipelineBuilder<long, long> branch, int key) => branch.Then($"Branch{key}", Bodies.AddAtOnceAsync, Workload.Workers);

    private static async Task<int> KeyAtOnceAsync(long value)
    {
        await Task.CompletedTask;
        return (int)(value % Count);
    }

    private static TransformBlock<Envelope, Envelope> Add() => new(
        async envelope =>
        {
            envelope.Value = await Bodies.AddAtOnceAsync(envelope.Value);
            return envelope;
        },
        _options);
}
