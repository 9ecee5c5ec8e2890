using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

public sealed class TrackerHistory
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task The_events_of_an_item_are_what_happened_in_that_order()
    {
        var tracker = new StatusTracker();
        await _time.DriveAsync(PipelineBuilder
            .StageWithContext<int, int>("A", (int x, StageContext context) => context.Attempt < 3 ? throw new TimeoutException($"{context.Attempt}") : x, 1, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)))
            .Then("B", x => x, 1, s => s.SkipIf = _ => true)
            .Then("C", (int _) => throw new ArgumentException("end"))
            .WithTimeProvider(_time).WithTracker(tracker)
            .RunAsync([new WorkItem<int>(1) { Id = "x", Metadata = { ["k"] = "v" } }], new RunOptions { RunId = "r" }));
        IReadOnlyList<StatusEvent> history = tracker.GetHistory("x");

        history.Select(e => $"{e.Stage} {e.Status} {e.Attempt} {e.Worker} {e.WorkerIndex} {e.Error?.Message}".TrimEnd()).ShouldBe(
        [
            "A Queued 0  -1", "A InProgress 1 A-W0 0", "A Retrying 1 A-W0 0 1", "A InProgress 2 A-W0 0", "A Retrying 2 A-W0 0 2", "A InProgress 3 A-W0 0", "A Completed 3 A-W0 0",
            "B Queued 0  -1", "B Skipped 0 B-W0 0",
            "C Queued 0  -1", "C InProgress 1 C-W0 0", "C Failed 1 C-W0 0 end",
        ]);
        history.ShouldAllBe(e => e.RunId == "r" && e.ItemId == "x" && (string)e.Metadata["k"]! == "v" && e.Missed == 0);
        (history[3].Timestamp - history[2].Timestamp).TotalSeconds.ShouldBe(1, 0.01);
    }

    [Test]
    public async Task Timestamps_never_go_back()
    {
        var tracker = new StatusTracker();
        await PipelineBuilder.Stage<int, int>("A", async x =>
        {
            await Task.Yield();
            return x;
        }, 8).Then("B", x => x, 8).IdentifyBy(x => x).WithTracker(tracker).RunAsync(Enumerable.Range(0, 500)).InTime();

        for (int x = 0; x < 500; x++)
            tracker.GetHistory(x).Select(e => e.Timestamp).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Test]
    public async Task InProgress_is_said_once_per_attempt_after_the_permit()
    {
        var tracker = new StatusTracker();
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("free", x => x).Task("limited", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), 2).IdentifyBy(x => x).WithTracker(tracker).Build().Start();
        await run.FeedAsync([1]);
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync([2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);
        ItemStatus limited = tracker.GetStatus(2)!.Status;
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        limited.ShouldBe(ItemStatus.InProgress, "its first task has begun: a limited item keeps its last status");
        tracker.GetHistory(2).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Completed]);
    }

    [Test]
    public async Task An_item_that_waits_for_its_first_permit_is_still_Queued()
    {
        var tracker = new StatusTracker();
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("limited", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), 2).IdentifyBy(x => x).WithTracker(tracker).Build().Start();
        await run.FeedAsync([1]);
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync([2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);

        tracker.GetStatus(2)!.Status.ShouldBe(ItemStatus.Queued);
        tracker.GetStatus(1)!.Status.ShouldBe(ItemStatus.InProgress);
        gate.OpenForAll();
    }

    [Test]
    public async Task An_item_whose_result_waits_for_the_reader_keeps_its_last_status()
    {
        var tracker = new StatusTracker();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x).WithTracker(tracker).Build().Start(new RunOptions { ResultCapacity = 1 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Succeeded: 1, Blocked: 1 });
        StatusEvent blocked = tracker.GetStatus(2)!;
        run.Complete();
        await results.ToListAsync().InTime();
        await run.Completion.InTime();

        (blocked.Status, blocked.Stage).ShouldBe((ItemStatus.Completed, "A"));
        tracker.GetHistory(2).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Completed], "and nothing is said of it later");
    }

    [Test]
    public async Task Canceled_items_end_with_Canceled()
    {
        var tracker = new StatusTracker();
        var gate = new Gate<int>();
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }).IdentifyBy(x => x).WithTracker(tracker).Build().Start();
        await run.FeedAsync([1, 2]);
        await gate.WhenArrivedAsync(1);
        await run.DisposeAsync().AsTask().InTime();

        tracker.GetHistory(1).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Canceled]);
        tracker.GetHistory(2).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.Canceled]);
        tracker.GetCounts().Canceled.ShouldBe(2);
        tracker.GetErrorSummary().TotalFailed.ShouldBe(0);
    }

    [Test]
    public async Task GetByStatus_GetCounts_and_GetErrorSummary_tell_the_present()
    {
        var tracker = new StatusTracker();
        await PipelineBuilder.Stage<int, int>("A", (int x) => x % 3 == 0 ? throw new ArgumentException("three") : x, 2).IdentifyBy(x => x).WithTracker(tracker).RunAsync(Enumerable.Range(0, 10));
        StatusCounts counts = tracker.GetCounts();

        tracker.GetByStatus(ItemStatus.Failed).Select(e => e.ItemId).ShouldBe([0, 3, 6, 9]);
        tracker.GetByStatus(ItemStatus.Queued).ShouldBeEmpty();
        (counts.Completed, counts.Failed, counts.Queued, counts.InProgress, counts.Retrying, counts.Skipped, counts.Canceled, counts.Total).ShouldBe((6, 4, 0, 0, 0, 0, 0, 10));
        counts[ItemStatus.Failed].ShouldBe(4);
        ErrorSummary errors = tracker.GetErrorSummary();
        errors.TotalFailed.ShouldBe(4);
        errors.ByType["ArgumentException"].ShouldBe(4);
        errors.FailedItems.Select(f => f.ItemId).Order(Comparer<ItemId>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))).ShouldBe([0, 3, 6, 9]);
    }

    [Test]
    public async Task What_is_not_known_is_null_or_empty()
    {
        var tracker = new StatusTracker();
        tracker.GetStatus("nobody").ShouldBeNull();
        tracker.GetHistory("nobody").ShouldBeEmpty();
        tracker.GetCounts().Total.ShouldBe(0);
        tracker.GetErrorSummary().ToString().ShouldBe("No errors");
        await PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).RunAsync([1]);
        tracker.GetStatus("nobody").ShouldBeNull();
        tracker.GetCounts().Total.ShouldBe(1);
    }

    [Test]
    public async Task Items_of_one_id_are_shown_together()
    {
        var tracker = new StatusTracker();
        await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(_ => "same").WithTracker(tracker).RunAsync([1, 2, 3]);

        tracker.GetHistory("same").Count.ShouldBe(9);
        tracker.GetCounts().Completed.ShouldBe(3);
    }

    [Test]
    public async Task Automatic_ids_can_be_asked_for_too()
    {
        var tracker = new StatusTracker();
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).RunAsync([1, 2]);

        tracker.GetStatus(report.Results[1].ItemId)!.Status.ShouldBe(ItemStatus.Completed);
        tracker.GetHistory(report.Results[1].ItemId).Count.ShouldBe(3);
    }

    [Test]
    public async Task A_tracker_refuses_a_second_simultaneous_run_and_takes_the_next_one_after_it()
    {
        var tracker = new StatusTracker();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x).WithTracker(tracker).Build();
        PipelineRun<int, int> run = pipeline.Start();
        Should.Throw<InvalidOperationException>(() => pipeline.Start()).Message.ShouldContain("RunOptions.Tracker");
        await run.FeedOneAsync(1);
        run.Complete();
        await run.Completion.InTime();
        await pipeline.RunAsync([2]).InTime();

        tracker.GetCounts().Completed.ShouldBe(2);
        tracker.GetHistory(1).Count.ShouldBe(3);
        tracker.GetHistory(2).Count.ShouldBe(3);
    }

    [Test]
    public async Task RunOptions_gives_each_run_its_own()
    {
        StatusTracker ofBuilder = new(), one = new(), two = new();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(ofBuilder).Build();
        await using PipelineRun<int, int> first = pipeline.Start(new RunOptions { Tracker = one }), second = pipeline.Start(new RunOptions { Tracker = two });
        await first.FeedAsync([1, 2]);
        await second.FeedAsync([1, 2, 3]);
        first.Complete();
        second.Complete();
        await Task.WhenAll(first.Completion, second.Completion).InTime();

        (ofBuilder.GetCounts().Total, one.GetCounts().Completed, two.GetCounts().Completed).ShouldBe((0, 2, 3));
    }

    [Test]
    public void Wrong_options_are_refused()
    {
        var options = new StatusTrackerOptions { MaxItems = 0, MaxEventsPerItem = 0, CallbackCapacity = 0, WatchCapacity = -1, CallbackOverflow = (CallbackOverflow)9 };

        Should.Throw<PipelineConfigurationException>(() => new StatusTracker(options)).Faults.ShouldBe(
            [
                "StatusTrackerOptions.MaxItems is 0; it must be at least 1.",
                "StatusTrackerOptions.MaxEventsPerItem is 0; it must be at least 1.",
                "StatusTrackerOptions.CallbackCapacity is 0; it must be at least 1.",
                "StatusTrackerOptions.CallbackOverflow is 9; it must be Wait or DropOldest.",
                "StatusTrackerOptions.WatchCapacity is -1; it must be at least 1.",
            ]);
    }
}
