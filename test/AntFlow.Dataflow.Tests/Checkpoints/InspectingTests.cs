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

    [Test]
    public async Task What_the_store_fails_with_while_I_look_is_said_and_nothing_is_changed(
        [Values(nameof(ICheckpointStore.ReadRunsAsync), nameof(ICheckpointStore.FindRunAsync), nameof(ICheckpointStore.FindItemAsync), nameof(ICheckpointStore.ReadItemsAsync), nameof(ICheckpointStore.ReadStepsAsync))]
        string method, [Values] bool isBefore)
    {
        await RunAsync("nightly", fails: "y");
        var error = new IOException("connection lost");
        FragileStore fragile = Failing(method, isBefore, error);
        var inspector = new CheckpointInspector(fragile, _time);
        Func<Task>[] looks =
        [
            () => inspector.GetRunsAsync().ToListAsync(),
            () => inspector.GetItemsAsync("nightly").ToListAsync(),
            () => inspector.GetHistoryAsync("nightly", "x"),
            () => inspector.GetItemAsync("nightly", "x"),
            // Old enough is none: only what there is, is asked.
            () => inspector.DeleteRunsAsync(TimeSpan.FromDays(1)),
        ];
        List<Exception> thrown = [];
        foreach (Func<Task> look in looks)
        {
            int calls = fragile.CallsOf(method);
            if (await Record(look) is { } said)
                thrown.Add(said);
            else if (isBefore)
                fragile.CallsOf(method).ShouldBe(calls, "only who does not need the method does not hear of it");
        }

        thrown.ShouldNotBeEmpty();
        thrown.ShouldAllBe(said => ReferenceEquals(said, error));
        (await _inspector.GetItemsAsync("nightly").ToListAsync()).Select(item => item.State).Order().ShouldBe([StoredItemState.Succeeded, StoredItemState.Failed], ignoreOrder: true);
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public async Task Deleting_that_fails_is_said_and_done_by_the_next_call(bool isBefore, int left)
    {
        await RunAsync("old", fails: string.Empty);
        await RunAsync("older", fails: string.Empty);
        var error = new IOException("connection lost");
        FragileStore fragile = Failing(nameof(ICheckpointStore.DeleteRunAsync), isBefore, error);

        (await new CheckpointInspector(fragile, _time).DeleteRunsAsync(TimeSpan.Zero).CatchAsync<IOException>()).ShouldBeSameAs(error);

        // The first was deleted if only the answer was lost; the second was not asked for.
        (await _inspector.GetRunsAsync().CountAsync()).ShouldBe(left + 1);
        (await _inspector.DeleteRunsAsync(TimeSpan.Zero)).ShouldBe(left + 1);
        (await _inspector.GetRunsAsync().CountAsync()).ShouldBe(0);
    }

    [Test]
    public async Task One_item_is_looked_at_without_reading_or_counting_the_others()
    {
        await RunAsync("nightly", fails: "y");
        await RunAsync("other", fails: "y");
        var watched = new FragileStore(_store);
        var inspector = new CheckpointInspector(watched, _time);

        InspectedItem item = (await inspector.GetItemAsync("nightly", "y")).ShouldNotBeNull();
        (item.ItemId, item.State, item.Stage, item.Error!.Message).ShouldBe(("y", StoredItemState.Failed, "B", "down"));
        (await inspector.GetHistoryAsync("nightly", "x")).Count.ShouldBe(3);
        (await inspector.RetryAsync("nightly", ["y"])).ShouldBe(1);
        (await inspector.ExcludeAsync("nightly", ["y"], "gone")).ShouldBe(1);

        watched.CallsOf(nameof(ICheckpointStore.ReadRunsAsync)).ShouldBe(0);
        watched.CallsOf(nameof(ICheckpointStore.ReadItemsAsync)).ShouldBe(0);
        (await inspector.GetItemAsync("nightly", "nobody")).ShouldBeNull();
        await inspector.GetItemsAsync("nightly").ToListAsync();
        watched.CallsOf(nameof(ICheckpointStore.ReadRunsAsync)).ShouldBe(0);
    }

    [Test]
    public async Task A_row_that_is_not_whole_is_not_shown_and_not_changed()
    {
        await RunAsync("nightly", fails: "y");
        var damaged = new CheckpointInspector(new FragileStore(_store) { Items = row => row with { Attempts = row.Attempts + 1 } }, _time);

        (await damaged.GetItemAsync("nightly", "y")).ShouldBeNull();
        (await damaged.RetryAsync("nightly", ["y"])).ShouldBe(0);
        (await damaged.ExcludeAsync("nightly", ["y"], "gone")).ShouldBe(0);

        (await _inspector.GetItemAsync("nightly", "y")).ShouldNotBeNull().State.ShouldBe(StoredItemState.Failed);
    }

    [Test]
    public async Task Runs_of_an_age_nothing_can_have_are_none()
    {
        await RunAsync("nightly", fails: "y");

        (await _inspector.DeleteRunsAsync(TimeSpan.MaxValue)).ShouldBe(0);
        (await _inspector.DeleteRunsAsync(_time.GetUtcNow() - DateTimeOffset.MinValue)).ShouldBe(0);
        (await _inspector.DeleteRunsAsync(TimeSpan.Zero)).ShouldBe(1);
    }

    [Test]
    public async Task What_identifies_nothing_is_refused()
    {
        await Should.ThrowAsync<ArgumentException>(() => _inspector.GetItemAsync(" ", "x"));
        await Should.ThrowAsync<ArgumentException>(() => _inspector.GetItemAsync("nightly", default));
        await Should.ThrowAsync<ArgumentException>(() => _inspector.RetryAsync(" ", ["x"]));
        await Should.ThrowAsync<ArgumentException>(() => _inspector.RetryAsync("nightly", [default]));
        await Should.ThrowAsync<ArgumentNullException>(() => _inspector.RetryAsync("nightly", null!));
        await Should.ThrowAsync<ArgumentException>(() => _inspector.ExcludeAsync("nightly", ["x"], " "));
        await Should.ThrowAsync<ArgumentException>(() => _inspector.ExcludeAsync(" ", ["x"], "gone"));
        await Should.ThrowAsync<ArgumentNullException>(() => _inspector.ExcludeAsync("nightly", null!, "gone"));
    }

    private FragileStore Failing(string method, bool isBefore, Exception error)
    {
        Func<string, Exception?> fault = called => called == method ? error : null;
        return isBefore ? new FragileStore(_store) { Before = fault } : new FragileStore(_store) { After = fault };
    }

    private static async Task<Exception?> Record(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private async Task RunAsync(string runId, string fails)
    {
        var job = new Job(_store) { Time = _time, Body = (stage, item, _) => stage == "B" && item == fails ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await job.Make().RunAsync(["x", "y"], new RunOptions { RunId = runId }).InTime();
    }
}
