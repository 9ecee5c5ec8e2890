using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>R: a plain chain of unbounded <see cref="TransformBlock{TInput, TOutput}"/>s on a class. No priority, no bound, no retry, no tracking.</summary>
public static class RawBlocks
{
    private static readonly ExecutionDataflowBlockOptions _options = new() { MaxDegreeOfParallelism = Workload.Workers, EnsureOrdered = false };
    private static readonly DataflowLinkOptions _link = new() { PropagateCompletion = true };

    public static async Task RunAsync(Workload work, Body body)
    {
        var blocks = new TransformBlock<Envelope, Envelope>[Workload.Stages];
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            blocks[stage] = Make(body);
            if (stage > 0)
                blocks[stage - 1].LinkTo(blocks[stage], _link);
        }

        long sum = 0;
        var sink = new ActionBlock<Envelope>(envelope => sum += envelope.Value);
        blocks[^1].LinkTo(sink, _link);
        foreach (long value in work.Values)
            blocks[0].Post(new Envelope(value));
        blocks[0].Complete();
        await sink.Completion;
        work.Check(sum, Workload.Stages);
    }

    private static TransformBlock<Envelope, Envelope> Make(Body body) => body switch
    {
        Body.Sync => new TransformBlock<Envelope, Envelope>(
            envelope =>
            {
                envelope.Value++;
                return envelope;
            },
            _options),
        Body.FromResult => new TransformBlock<Envelope, Envelope>(
            envelope =>
            {
                envelope.Value++;
                return Task.FromResult(envelope);
            },
            _options),
        Body.AtOnce => new TransformBlock<Envelope, Envelope>(AddAtOnceAsync, _options),
        _ => new TransformBlock<Envelope, Envelope>(AddLaterAsync, _options),
    };

    private static async Task<Envelope> AddAtOnceAsync(Envelope envelope)
    {
        await Task.CompletedTask;
        envelope.Value++;
        return envelope;
    }

    private static async Task<Envelope> AddLaterAsync(Envelope envelope)
    {
        await Task.Yield();
        envelope.Value++;
        return envelope;
    }
}
