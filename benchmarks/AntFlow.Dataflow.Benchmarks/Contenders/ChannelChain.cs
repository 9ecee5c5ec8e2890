using System.Threading.Channels;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Bounded channels with eight readers a stage, written by hand. No priority, no retry, no tracking.</summary>
public static class ChannelChain
{
    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        Channel<long> first = Channel.CreateBounded<long>(new BoundedChannelOptions(Workload.Capacity) { SingleWriter = true });
        Channel<long> from = first;
        var stages = new List<Task>();
        for (int stage = 0; stage < Workload.Stages; stage++)
        {
            Channel<long> to = Channel.CreateBounded<long>(new BoundedChannelOptions(Workload.Capacity) { SingleReader = stage == Workload.Stages - 1 });
            stages.Add(RunStageAsync(from.Reader, to.Writer, task));
            from = to;
        }

        Task<long> summing = SumAsync(from.Reader);
        foreach (long value in work.Values)
        {
            if (!first.Writer.TryWrite(value))
                await first.Writer.WriteAsync(value);
        }

        first.Writer.Complete();
        await Task.WhenAll(stages);
        work.Check(await summing, Workload.Stages);
    }

    internal static async Task<long> SumAsync(ChannelReader<long> reader)
    {
        long sum = 0;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out long value))
                sum += value;
        }

        return sum;
    }

    private static async Task RunStageAsync(ChannelReader<long> reader, ChannelWriter<long> writer, Func<long, Task<long>> task)
    {
        var workers = new Task[Workload.Workers];
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
