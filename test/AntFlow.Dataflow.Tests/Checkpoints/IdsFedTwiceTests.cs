using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>How the second item of an id is treated with checkpoints, over several starts of a run.</summary>
public sealed class IdsFedTwiceTests
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly ChaosStore _store;

    public IdsFedTwiceTests() => _store = new ChaosStore(_inner);

    [TearDown]
    public void Release() => _store.ReleaseWrites();

    [Test]
    public async Task Ignored_ones_have_no_result_and_no_row_and_are_not_counted_as_accepted()
    {
        await using PipelineRun<string, string> run = Start();

        (await run.FeedAsync(["x", "x", "y"]).InTime()).ShouldBe(2);
        (await run.FeedOneAsync("x").InTime()).ShouldBeFalse();
        (await run.FeedOneAsync("z").InTime()).ShouldBeTrue();
        run.TryFeedOne("z").ShouldBeTrue();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc", "zabc"]);
        (report.DuplicateCount, report.Snapshot.Fed, report.ResumedCount, report.NotFedCount).ShouldBe((3, 3, 0, 0));
        (await _inner.ReadItemsAsync("nightly").ToListAsync()).Select(row => row.Id).ShouldBe(["s:x", "s:y", "s:z"]);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_failed_one_leaves_the_row_of_the_first_as_it_is(bool isSet)
    {
        await using PipelineRun<string, string> run = new Job(_store).Make().Start(new RunOptions { RunId = "nightly", DuplicateHandling = isSet ? DuplicateHandling.Fail : null });
        (await run.FeedOneAsync(new WorkItem<string>("x") { Id = "x", Priority = 3 }).InTime()).ShouldBeTrue();
        (await run.FeedOneAsync(new WorkItem<string>("other") { Id = "x", Priority = 7 }).InTime()).ShouldBeTrue("it has a result");
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => (result.ItemId.ToString(), result.Status)).ShouldBe([("x", ResultStatus.Succeeded), ("x", ResultStatus.Failed)]);
        StoredItem row = (await _inner.ReadItemsAsync("nightly").ToListAsync()).ShouldHaveSingleItem();
        (row.State, row.Priority, row.Sequence).ShouldBe((StoredItemState.Succeeded, 3, 0));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task One_that_has_ended_before_a_restart_gives_its_result_again_and_is_no_duplicate(bool hasSucceeded)
    {
        var job = new Job(_store) { Body = (stage, _, _) => !hasSucceeded && stage == "B" ? throw new InvalidOperationException("no") : Task.CompletedTask };
        await job.RunAsync("x").InTime();

        await using PipelineRun<string, string> run = Start();
        (await run.FeedOneAsync("x").InTime()).ShouldBeTrue();
        (await run.FeedOneAsync("x").InTime()).ShouldBeFalse();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.ShouldHaveSingleItem().Status.ShouldBe(hasSucceeded ? ResultStatus.Succeeded : ResultStatus.Failed);
        (report.ResumedCount, report.DuplicateCount).ShouldBe((1, 1));
    }

    [Test]
    public async Task One_that_came_back_by_itself_and_is_fed_once_more_is_that_item()
    {
        await CrashInBAsync("x");
        await using PipelineRun<string, string> run = Start(persistsInput: true);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 1);

        (await run.FeedOneAsync("x").InTime()).ShouldBeTrue();
        (await run.FeedOneAsync("x").InTime()).ShouldBeFalse();
        (await run.FeedAsync(["x", "x"]).InTime()).ShouldBe(0);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        (report.DuplicateCount, report.NotFedCount).ShouldBe((3, 0));
    }

    [Test]
    public async Task Of_two_calls_with_one_that_is_coming_back_one_is_that_item_and_the_other_a_duplicate()
    {
        await CrashInBAsync("x");
        TaskCompletionSource looking = HoldLookUps(out TaskCompletionSource door);
        await using PipelineRun<string, string> run = Start(persistsInput: true);
        await looking.Task.InTime();
        Task<bool>[] feeding = [run.FeedOneAsync("x"), run.FeedOneAsync("x")];
        door.SetResult();

        (await Task.WhenAll(feeding).InTime()).Order().ShouldBe([false, true]);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        report.DuplicateCount.ShouldBe(1);
    }

    [Test]
    public async Task With_stored_input_a_duplicate_is_told_so_once_the_first_is_durable()
    {
        await using PipelineRun<string, string> run = await StartAndHoldWritesAsync();
        Task<bool> first = run.FeedOneAsync("x");
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 1);
        Task<bool> second = run.FeedOneAsync("x");
        Task<long> third = run.FeedAsync(["x"]);

        (first.IsCompleted, second.IsCompleted, third.IsCompleted).ShouldBe((false, false, false), "nothing is durable");
        _store.ReleaseWrites();
        (await first.InTime()).ShouldBeTrue();
        (await second.InTime()).ShouldBeFalse();
        (await third.InTime()).ShouldBe(0);
        (await run.FeedOneAsync("x").InTime()).ShouldBeFalse();
        run.Complete();
        (await run.Completion.InTime()).DuplicateCount.ShouldBe(3);
    }

    [Test]
    public async Task With_stored_input_that_cannot_be_stored_nobody_is_told_that_it_is()
    {
        await using PipelineRun<string, string> run = await StartAndHoldWritesAsync(giveUpAfter: TimeSpan.Zero);
        Task<bool> first = run.FeedOneAsync("x");
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 1);
        Task<bool> second = run.FeedOneAsync("x");
        _store.Before = call => call.Batch is null ? Task.CompletedTask : throw new IOException("no disk");
        _store.ReleaseWrites();

        await first.CatchAsync<CheckpointException>();
        await second.CatchAsync<CheckpointException>();
    }

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task The_second_takes_the_place_of_a_first_that_is_canceled_while_it_is_looked_up(DuplicateHandling duplicateHandling)
    {
        await CrashInBAsync("x");
        TaskCompletionSource looking = HoldLookUps(out TaskCompletionSource door);
        await using PipelineRun<string, string> run = Start(duplicateHandling: duplicateHandling);
        using var cancel = new CancellationTokenSource();
        Task<bool> first = run.FeedOneAsync("x", cancellationToken: cancel.Token);
        await looking.Task.InTime();
        Task<bool> second = run.FeedOneAsync("x");
        second.IsCompleted.ShouldBeFalse();
        await cancel.CancelAsync();
        door.SetResult();

        (await first.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(0);
        (await second.InTime()).ShouldBeTrue();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        report.DuplicateCount.ShouldBe(0);
    }

    [Test]
    public async Task An_item_that_fails_at_the_door_has_its_id_and_its_number_all_the_same()
    {
        await using PipelineRun<string, string> run = Start(duplicateHandling: DuplicateHandling.Fail);
        await run.FeedOneAsync("before").InTime();
        await run.FeedOneAsync(new WorkItem<string>("x") { Id = "x", Metadata = { ["who"] = new object() } }).InTime();
        await run.FeedOneAsync("x").InTime();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Results[2].Error.ShouldBeOfType<DuplicateItemException>().FirstSequence.ShouldBe(1);
    }

    private PipelineRun<string, string> Start(bool persistsInput = false, DuplicateHandling duplicateHandling = DuplicateHandling.Ignore, TimeSpan? giveUpAfter = null)
    {
        var options = new CheckpointOptions { PersistInput = persistsInput, GiveUpAfter = giveUpAfter ?? TimeSpan.FromMinutes(5) };
        return new Job(_store) { Options = options }.Make().Start(new RunOptions { RunId = "nightly", DuplicateHandling = duplicateHandling });
    }

    private async Task<PipelineRun<string, string>> StartAndHoldWritesAsync(TimeSpan? giveUpAfter = null)
    {
        PipelineRun<string, string> run = Start(persistsInput: true, giveUpAfter: giveUpAfter);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.HoldWrites();
        return run;
    }

    /// <summary>From now on, reading what an item did once, which is part of looking it up, first waits for the gate.</summary>
    private TaskCompletionSource HoldLookUps(out TaskCompletionSource door)
    {
        var looking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = call =>
        {
            if (call.Method != nameof(ICheckpointRun.ReadOncesAsync))
                return Task.CompletedTask;
            looking.TrySetResult();
            return held.Task;
        };
        door = held;
        return looking;
    }

    private async Task CrashInBAsync(string item)
    {
        var gate = new Gate<string>();
        var job = new Job(_store)
        {
            Options = new CheckpointOptions { PersistInput = true },
            Body = (stage, who, token) => stage == "B" ? gate.PassAsync(who, token) : Task.CompletedTask,
        };
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await run.FeedAsync([item]).InTime();
        await gate.WhenArrivedAsync(1);
        ((InMemoryCheckpointRun)_store.LastRun!).SimulateCrash();
    }
}
