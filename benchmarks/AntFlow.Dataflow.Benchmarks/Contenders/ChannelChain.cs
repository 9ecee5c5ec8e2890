using System.Threading.Channels;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Bounded channels with readers, written by hand: eight a stage unless told otherwise. No priority, no retry, no tracking.</summary>
public sealed class ChannelChain
{
    private readonly List<Task> _stages = [];

    private ChannelChain(Body body, int readers)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        Channel<long> first = Channel.CreateBounded<long>(new BoundedChannelOptions(Workload.Capacity) { SingleWriter = true });
        Channel<long> from = first;
        for (int stage = 0; stage < Workload.Stages; stage++)
        {
            Channel<long> to = Channel.CreateBounded<long>(new BoundedChannelOptions(Workload.Capacity) { SingleReader = stage == Workload.Stages - 1 });
            _stages.Add(RunStageAsync(from.Reader, to.Writer, task, readers));
            from = to;
        }

        Writer = first.Writer;
        Reader = from.Reader;
    }

    /// <summary>What the first stage reads from. One writer at a time.</summary>
    public ChannelWriter<long> Writer { get; }

    /// <summary>What the last stage writes to. One reader at a time.</summary>
    public ChannelReader<long> Reader { get; }

    /// <summary>A chain whose readers wait.</summary>
    /// <param name="body">What each stage does.</param>
    /// <param name="readers">How many readers a stage has. All that wait are woken by an item: one is the fastest for one item at a time.</param>
    public static ChannelChain Open(Body body, int readers = Workload.Workers) => new(body, readers);

    public static async Task RunAsync(Workload work, Body body)
    {
        ChannelChain chain = Open(body);
        Task<long> summing = chain.SumAsync();
        await chain.WriteAsync(work.Values);
        await chain.CompleteAsync();
        work.Check(await summing, Workload.Stages);
    }

    public async Task WriteAsync(long[] values)
    {
        foreach (long value in values)
        {
            if (!Writer.TryWrite(value))
                await Writer.WriteAsync(value);
        }
    }

    /// <summary>Lets the readers end, and waits for them. The results must have been read, or be read meanwhile.</summary>
    public Task CompleteAsync()
    {
        Writer.Complete();
        return Task.WhenAll(_stages);
    }

    private async Task<long> SumAsync()
    {
        long sum = 0;
        while (await Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (Reader.TryRead(out long value))
                sum += value;
        }

        return sum;
    }

    private static async Task RunStageAsync(ChannelReader<long> reader, ChannelWriter<long> writer, Func<long, Task<long>> task, int readers)
    {
        var workers = new Task[readers];
        for (int worker = 0; worker < workers.Length; worker++)
            workers[worker] = Task.Run(() => WorkAsync(reader, writer, task));
        await Task.WhenAll(workers);
        writer.Complete();
    }

    private static async Task WorkAsync(ChannelReader<long> reader, ChannelWriter<long> writer, Func<long, Task<long>> task)
    {
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out long value))
            {
                long result = await task(value).ConfigureAwait(false);
                if (!writer.TryWrite(result))
                    await writer.WriteAsync(result).ConfigureAwait(false);
            }
        }
    }
}
