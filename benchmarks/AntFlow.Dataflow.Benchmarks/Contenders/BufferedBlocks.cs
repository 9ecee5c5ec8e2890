using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>A <see cref="BufferBlock{T}"/> in front of each <see cref="TransformBlock{TInput, TOutput}"/> with as much room as workers: what people write who need a bound.</summary>
public static class BufferedBlocks
{
    private static readonly DataflowLinkOptions _link = new() { PropagateCompletion = true };
    private static readonly DataflowBlockOptions _buffer = new() { BoundedCapacity = Workload.Capacity };
    private static readonly ExecutionDataflowBlockOptions _work = new()
    {
        MaxDegreeOfParallelism = Workload.Workers,
        BoundedCapacity = Workload.Workers,
        EnsureOrdered = false,
    };

    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        var first = new BufferBlock<long>(_buffer);
        ISourceBlock<long> last = first;
        for (int stage = 0; stage < Workload.Stages; stage++)
        {
            var transform = new TransformBlock<long, long>(task, _work);
            last.LinkTo(transform, _link);
            last = transform;
            if (stage == Workload.Stages - 1)
                break;
            var buffer = new BufferBlock<long>(_buffer);
            last.LinkTo(buffer, _link);
            last = buffer;
        }

        long sum = 0;
        var sink = new ActionBlock<long>(value => sum += value);
        last.LinkTo(sink, _link);
        foreach (long value in work.Values)
            await first.SendAsync(value);
        first.Complete();
        await sink.Completion;
        work.Check(sum, Workload.Stages);
    }
}
