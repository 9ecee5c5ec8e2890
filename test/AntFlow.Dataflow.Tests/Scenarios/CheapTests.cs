using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>What is not used costs nothing: counted in bytes, which do not depend on how busy the machine is.</summary>
/// <remarks>
/// The runtime counts the whole process, in which the test runner still reports what ran before: that only ever adds, and megabytes have been seen. So each
/// measurement is the least of many runs, up to the first one within the bound. What the engine allocates is in every one of them. Waking a worker allocates, and how often depends on which thread gets
/// a processor when; so items go through the stages in batches, stage by stage, and each batch wakes a worker of a stage once.
/// </remarks>
[NonParallelizable]
internal sealed class CheapTests
{
    private const int BatchSize = 400;
    private const int Batches = 125;
    private const int Runs = 30;

    [Test]
    public async Task An_item_allocates_nothing_where_nobody_keeps_its_result()
    {
        double bytes = await BytesPerItemAsync(24, () => new RunOptions { CollectResults = false }, s => s.Retry = RetryPolicy.None);

        // The envelopes of a batch, and what it takes to feed and to wake, spread over all. A result would take 80.
        bytes.ShouldBeLessThan(24);
    }

    [Test]
    public async Task Retries_timeouts_that_are_not_set_and_priorities_allocate_nothing_for_an_item_that_succeeds()
    {
        double bytes = await BytesPerItemAsync(24, () => new RunOptions { CollectResults = false }, s => s.Retry = RetryPolicy.Exponential(5, TimeSpan.FromSeconds(1)));

        bytes.ShouldBeLessThan(24);
    }

    [Test]
    public async Task A_tracker_without_callbacks_allocates_what_it_keeps_and_no_event()
    {
        double bytes = await BytesPerItemAsync(250, () => new RunOptions { CollectResults = false, Tracker = new StatusTracker() }, s => s.Retry = RetryPolicy.None);

        // Three stages with three events of 16 bytes each, and a slot. An event as an object would take more than all that.
        bytes.ShouldBeInRange(3 * 3 * 16, 250);
    }

    private static async Task<double> BytesPerItemAsync(double most, Func<RunOptions> newOptions, Action<StageOptions<int, int>> configure)
    {
        await RunAsync(new RunOptions { CollectResults = false }, configure, Batches / 10);
        double least = double.MaxValue;
        for (int i = 0; i < Runs && least >= most; i++)
        {
            RunOptions options = newOptions();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            PipelineReport<int> report = await RunAsync(options, configure, Batches);
            long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;

            report.SucceededCount.ShouldBe(Batches * BatchSize);
            report.Results.ShouldBeEmpty();
            least = Math.Min(least, bytes / (double)(Batches * BatchSize));
        }

        return least;
    }

    private static async Task<PipelineReport<int>> RunAsync(RunOptions options, Action<StageOptions<int, int>> configure, int batches)
    {
        // Large enough queues: what a wait for room takes is not looked for here, either.
        Action<StageOptions<int, int>> with = configure + (s => s.QueueCapacity = BatchSize);
        string[] stages = ["A", "B", "C"];
        int[] calls = new int[stages.Length];
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => Count(0, x), 1, with).Then("B", x => Count(1, x), 1, with).Then("C", x => Count(2, x), 1, with).Build();
        await using PipelineRun<int, int> run = pipeline.Start(options);
        int[] batch = [.. Enumerable.Range(0, BatchSize)];
        foreach (string stage in stages)
            run.Pause(stage);
        for (int fed = 1; fed <= batches; fed++)
        {
            await run.FeedAsync(batch);
            for (int i = 0; i < stages.Length; i++)
            {
                run.Resume(stages[i]);
                while (Volatile.Read(ref calls[i]) < fed * BatchSize)
                    Thread.Yield();
                run.Pause(stages[i]);
            }
        }

        run.Complete();
        foreach (string stage in stages)
            run.Resume(stage);
        return await run.Completion.InTime();

        int Count(int stage, int item)
        {
            Interlocked.Increment(ref calls[stage]);
            return item;
        }
    }
}
