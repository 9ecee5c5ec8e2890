using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>What is not used costs nothing: counted in bytes, which do not depend on how busy the machine is.</summary>
/// <remarks>
/// The runtime counts the whole process, in which the test runner still reports what ran before: that only ever adds, and megabytes have been seen. So each
/// measurement is the least of several runs. What the engine allocates is in every one of them.
/// </remarks>
[NonParallelizable]
internal sealed class CheapTests
{
    private const int Items = 50_000;
    private const int Runs = 5;

    [Test]
    public async Task An_item_allocates_nothing_where_nobody_keeps_its_result()
    {
        double bytes = await BytesPerItemAsync(() => new RunOptions { CollectResults = false }, s => s.Retry = RetryPolicy.None);

        // The envelopes of the few thousand that are under way at once, spread over all. A result would take 80.
        bytes.ShouldBeLessThan(24);
    }

    [Test]
    public async Task Retries_timeouts_that_are_not_set_and_priorities_allocate_nothing_for_an_item_that_succeeds()
    {
        double bytes = await BytesPerItemAsync(() => new RunOptions { CollectResults = false }, s => s.Retry = RetryPolicy.Exponential(5, TimeSpan.FromSeconds(1)));

        bytes.ShouldBeLessThan(24);
    }

    [Test]
    public async Task A_tracker_without_callbacks_allocates_what_it_keeps_and_no_event()
    {
        double bytes = await BytesPerItemAsync(() => new RunOptions { CollectResults = false, Tracker = new StatusTracker() }, s => s.Retry = RetryPolicy.None);

        // Three stages with three events of 16 bytes each, and a slot. An event as an object would take more than all that.
        bytes.ShouldBeInRange(3 * 3 * 16, 250);
    }

    private static async Task<double> BytesPerItemAsync(Func<RunOptions> newOptions, Action<StageOptions<int, int>> configure)
    {
        // Large queues: what a wait for room takes is not looked for here.
        Action<StageOptions<int, int>> with = configure + (s => s.QueueCapacity = 400);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, 1, with).Then("B", x => x, 1, with).Then("C", x => x, 1, with).Build();
        int[] few = [.. Enumerable.Range(0, 10_000)];
        int[] many = [.. Enumerable.Range(0, Items)];
        await pipeline.RunAsync(few, new RunOptions { CollectResults = false });
        double least = double.MaxValue;
        for (int i = 0; i < Runs; i++)
        {
            RunOptions options = newOptions();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            PipelineReport<int> report = await pipeline.RunAsync(many, options);
            long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;

            report.SucceededCount.ShouldBe(Items);
            report.Results.ShouldBeEmpty();
            least = Math.Min(least, bytes / (double)Items);
        }

        return least;
    }
}
