using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class CollectorTests
{
    private readonly SteppedTime _time = new();
    private readonly EventCollector _events = new();

    [Test]
    public async Task An_item_is_told_from_its_acceptance_to_its_end_with_its_calls()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", number => number == 2 ? throw new FormatException("odd") : number, workers: 1, s => s.Retry = RetryPolicy.None)
            .WithObserver(_events).WithTimeProvider(_time).IdentifyBy(number => number).Build();

        await pipeline.RunAsync([new WorkItem<int>(1) { Metadata = { ["of"] = "one" } }, new WorkItem<int>(2)], new RunOptions { RunId = "r" });

        IReadOnlyList<CollectedEvent> good = _events.HistoryOf(1), bad = _events.HistoryOf(2);
        good.Select(told => told.ToString()).ShouldBe(["A Queued", "A InProgress 1", "A/A Start 1", "A/A Complete 1", "A Completed 1"]);
        bad.Select(told => told.ToString()).ShouldBe(["A Queued", "A InProgress 1", "A/A Start 1", "A/A Fail 1", "A Failed 1"]);
        good.ShouldAllBe(told => told.RunId == "r" && told.Sequence == 0 && told.Timestamp == _time.GetUtcNow() && Equals(told.Metadata["of"], "one") && told.Error == null);
        good.Select(told => told.Worker).ShouldBe([null, "A-W0", "A-W0", "A-W0", "A-W0"]);
        bad[^1].Error.ShouldNotBeNull();
        (good.Count(told => told.IsEnd), good[^1].IsEnd).ShouldBe((1, true));
        _events.Events.Count.ShouldBe(10);
        (_events.EndedCount, _events.HistoryOf("unknown").Count).ShouldBe((2, 0));
    }

    [Test]
    public async Task It_tells_when_so_many_items_have_ended()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (number, token) =>
        {
            await gate.PassAsync(number, token);
            return number;
        }, workers: 3).WithObserver(_events).Build().Start();
        Task two = _events.WhenEndedAsync(2);
        await run.FeedAsync([1, 2, 3]);

        gate.Open(1);
        await _events.WhenEndedAsync(1);
        two.IsCompleted.ShouldBeFalse();
        gate.Open(2);

        await two.InTime();
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();
    }

    [Test]
    public async Task Snapshots_come_at_the_interval_of_the_clock_of_the_run_and_at_the_end()
    {
        var shown = new SnapshotCollector();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", number => number).WithTimeProvider(_time).Build()
            .Start(new RunOptions { Display = shown, UpdateInterval = TimeSpan.FromSeconds(1) });
        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);

        await _time.StepAsync(1);
        (await shown.WhenShownAsync(snapshot => snapshot.Succeeded == 2)).Phase.ShouldBe(RunPhase.Running);

        run.Complete();
        (await shown.WhenFinishedAsync()).SucceededCount.ShouldBe(2);
        shown.Run.ShouldNotBeNull().Completion.ShouldBeSameAs(((IPipelineRun)run).Completion);
        (shown.Total, shown.Snapshots[^1].Succeeded).ShouldBe((null, 2));
    }

    [Test]
    public async Task A_wait_for_a_snapshot_ends_with_the_run()
    {
        var shown = new SnapshotCollector();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", number => number).WithTimeProvider(_time).Build().Start(new RunOptions { Display = shown });
        await run.FeedAsync([1, 2]);
        Task<PipelineSnapshot> three = shown.WhenShownAsync(snapshot => snapshot.Succeeded == 3);
        run.Complete();
        await run.Completion.InTime();

        foreach (Task<PipelineSnapshot> waiting in new[] { three, shown.WhenShownAsync(snapshot => snapshot.Succeeded == 3) })
            (await waiting.CatchAsync<InvalidOperationException>()).Message.ShouldBe("The run has ended after 1 snapshots, and none of them meets the condition snapshot => snapshot.Succeeded == 3");
        (await shown.WhenShownAsync(snapshot => snapshot.Succeeded == 2)).ShouldBeSameAs(shown.Snapshots[^1]);
    }

    [Test]
    public async Task A_wait_for_a_snapshot_ends_with_the_run_also_if_none_was_shown()
    {
        var shown = new SnapshotCollector();
        Task<PipelineSnapshot> any = shown.WhenShownAsync(_ => true);

        shown.OnFinish(await PipelineBuilder.Stage<int, int>("A", number => number).Build().RunAsync([1]));

        (await any.CatchAsync<InvalidOperationException>()).Message.ShouldBe("The run has ended after 0 snapshots, and none of them meets the condition _ => true");
    }
}
