using System.Threading.Channels;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Prioritized channels with eight readers a stage. They exist without a bound only.</summary>
public static class PrioritizedChannels
{
    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        Channel<(int Priority, long Value)> first = Make();
        Channel<(int Priority, long Value)> from = first;
        var stages = new List<Task>();
        for (int stage = 0; stage < Workload.Stages; stage++)
        {
            Channel<(int Priority, long Value)> to = Make();
            stages.Add(RunStageAsync(from.Reader, to.Writer, task));
            from = to;
        }

        Task<long> summing = SumAsync(from.Reader);
        foreach (long value in work.Values)
            first.Writer.TryWrite((Workload.PriorityOf(value), value));
        first.Writer.Complete();
        await Task.WhenAll(stages);
        work.Check(await summing, Workload.Stages);
    }

    private static Channel<(int Priority, long Value)> Make() =>
        Channel.CreateUnboundedPrioritized(new UnboundedPrioritizedChannelOptions<(int Priority, long Value)>
        {
            Comparer = Comparer<(int Priority, long Value)>.Create((left, right) => left.Priority.CompareTo(right.Priority)),
        });

    private static async Task RunStageAsync(ChannelReader<(int Priority, long Value)> reader, ChannelWriter<(int Priority, long Value)> writer, Func<long, Task<long>> task)
    {
        var workers = new Task[Workload.Workers];
        for (int worker = 0; worker < workers.Length; worker++)
            workers[worker] = Task.Run(() => WorkAsync(reader, writer, task));
        await Task.WhenAll(workers);
        writer.Complete();
    }

    private static async Task WorkAsync(ChannelReader<(int Priority, long Value)> reader, ChannelWriter<(int Priority, long Value)> writer, Func<long, Task<long>> task)
    {
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out (int Priority, long Value) item))
                writer.TryWrite((item.Priority, await task(item.Value).ConfigureAwait(false)));
        }
    }

    private static async Task<long> SumAsync(ChannelReader<(int Priority, long Value)> reader)
    {
        long sum = 0;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out (int Priority, long Value) item))
                sum += item.Value;
        }

        return sum;
    }
}
