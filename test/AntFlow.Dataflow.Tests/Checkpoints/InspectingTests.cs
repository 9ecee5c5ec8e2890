using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

public sealed class InspectingTests
{
    private readonly SteppedTime _time = new();
    private readonly InMemoryCheckpointStore _store;
    private readonly CheckpointInspector _inspector;

    public InspectingTests()
    {
        _store = new InMemoryCheckpointStore(_time);
        _inspector = new CheckpointInspector(_store, _time);
    }

    [Test]
    public async Task I_can_see_the_runs_and_the_items_of_each_state()
    {
        await RunAsync("nightly", fails: "y");

        StoredRun run = (await _inspector.GetRunsAsync().ToListAsync()).ShouldHaveSingleItem();
        (run.RunId, run.Succeeded, run.Failed, run.Unfinished, run.Owner).ShouldBe(("nightly", 1, 1, 0, null));
        (await _inspector.GetItemsAsync("nightly").ToListAsync()).Select(item => item.ItemId.ToString()).Order().ShouldBe(["x", "y"]);
        InspectedItem failed = (await _inspector.GetItemsAsync("nightly", StoredItemState.Failed).ToListAsync()).ShouldHaveSingleItem();
        (failed.ItemId, failed.Stage, failed.Attempts, failed.Error!.Message).ShouldBe(("y", "B", 1, "down"));
        (await _inspector.GetItemsAsync("nightly", StoredItemState.Succeeded).ToListAsync()).ShouldHaveSingleItem().Stage.ShouldBeNull();
    }

    [Test]
    public async Task I_can_see_what_an_item_has_gone_through()
    {
        await RunAsync("nightly", fails: "y");

        (await _inspector.GetHistoryAsync("nightly", "x")).Select(step => step.Stage).ShouldBe(["A", "B", "C"]);
        (await _inspector.GetHistoryAsync("nightly", "y")).Select(step => step.Stage).ShouldBe(["A"]);
        (await _inspector.GetHistoryAsync("nightly", "nobody")).ShouldBeEmpty();
        (await _inspector.GetHistoryAsync("never", "x")).ShouldBeEmpty();
    }

    [Test]
    public async Task I_can_delete_runs_of_an_age_but_none_that_somebody_owns()
    {
        await RunAsync("old", fails: string.Empty);
        await RunAsync("owned", fails: string.Empty);
        _time.Advance(TimeSpan.FromDays(30));
        await RunAsync("new", fails: string.Empty);
        await using ICheckpointRun owned = await _store.OpenRunAsync("owned");

        (await _inspector.DeleteRunsAsync(TimeSpan.FromDays(30))).ShouldBe(1);

        (await _inspector.GetRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["owned", "new"]);
        Should.Throw<ArgumentOutOfRangeException>(() => _inspector.DeleteRunsAsync(TimeSpan.FromDays(-1)));
    }

    private async Task RunAsync(string runId, string fails)
    {
        var job = new Job(_store) { Time = _time, Body = (stage, item, _) => stage == "B" && item == fails ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await job.Make().RunAsync(["x", "y"], new RunOptions { RunId = runId }).InTime();
    }
}
