using System.Diagnostics;
using AntFlow.Dataflow.Shapes;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Many items that wait for an answer and are looked at from time to time.</summary>
public static class Looks
{
    private const int Times = 5;
    private const double Jitter = 0.1;

    private static readonly TimeSpan _every = TimeSpan.FromMilliseconds(300);

    /// <summary>Each item is looked at five times; the last look finds its answer.</summary>
    public static async Task RunAsync(int items)
    {
        var looks = new int[items];
        Pipeline<int, int> pipeline = PipelineBuilder.Of<int>()
            .ThenPoll("Wait", x => ++looks[x] < Times ? Poll.Again : Poll.Done(x), _every, workers: 2, s =>
            {
                s.MaxInFlight = items;
                s.Jitter = Jitter;
            })
            .Build();
        long count = 0;
        await foreach (PipelineResult<int> result in pipeline.StreamAsync(Enumerable.Range(0, items)))
            count += result.IsSuccess ? 1 : 0;
        if (count != items)
            throw new InvalidOperationException($"{count} items have an answer; it must be {items}.");
    }

    /// <summary>The same as a loop for each item around <see cref="Task.Delay(TimeSpan, TimeProvider)"/>, with times that vary by as much.</summary>
    public static async Task RunDelaysAsync(int items)
    {
        var looks = new int[items];
        long count = 0;
        await Task.WhenAll(Enumerable.Range(0, items).Select(x => Task.Run(() => LoopAsync(x))));
        if (count != items)
            throw new InvalidOperationException($"{count} items have an answer; it must be {items}.");

        async Task LoopAsync(int x)
        {
            do
                await Task.Delay(_every * (1 + (Jitter * ((2 * Random.Shared.NextDouble()) - 1))), TimeProvider.System);
            while (++looks[x] < Times);

            Interlocked.Increment(ref count);
        }
    }

    /// <summary>How many seconds of processor time a run takes: most of its time it waits.</summary>
    public static async Task<double> MeasureProcessorTimeAsync(Func<Task> run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        await run();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds;
    }

    /// <summary>How many bytes are in use for each of so many items that wait between two looks.</summary>
    public static async Task<double> MeasureMemoryAsync(int items)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Of<int>().ThenPoll("Wait", x => Poll.Done(x), TimeSpan.FromHours(1), workers: 2, s => s.MaxInFlight = items).Build();
        long before = InUse();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, items));
        while (run.GetSnapshot().Polling < items)
            await Task.Yield();
        return InUse() - before;
    }

    private static long InUse()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
