using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Items that an operator has taken out or brought back, in the next run.</summary>
public sealed class OperatorTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly CheckpointInspector _inspector;

    public OperatorTests() => _inspector = new CheckpointInspector(_store);

    [Test]
    public async Task A_skipped_item_ends_canceled_at_once_however_it_is_fed([Values("FeedAsync", "TryFeedOne", "AsBlock")] string way)
    {
        Pipeline<string, string> pipeline = await SkippedInBAsync();
        var tracker = new StatusTracker();
        var options = new RunOptions { RunId = "nightly", Tracker = tracker };
        PipelineReport<string> report;
        if (way == "AsBlock")
        {
            PipelineBlock<string, string> block = pipeline.AsBlock(options);
            System.Threading.Tasks.Dataflow.DataflowBlock.Post(block, "x").ShouldBeTrue();
            block.Complete();
            while (await System.Threading.Tasks.Dataflow.DataflowBlock.OutputAvailableAsync(block).InTime())
                await System.Threading.Tasks.Dataflow.DataflowBlock.ReceiveAsync(block).InTime();
            report = await block.Run.Completion.InTime();
        }
        else
        {
            await using PipelineRun<string, string> run = pipeline.Start(options);
            if (way == "FeedAsync")
                await run.FeedAsync(["x"]).InTime();
            else
                await Waiting.UntilAsync(() => run.TryFeedOne("x"));
            run.Complete();
            report = await run.Completion.InTime();
        }

        (report.SucceededCount, report.FailedCount, report.CanceledCount, report.ResumedCount, report.NotFedCount).ShouldBe((0, 0, 1, 1, 0));
        report.Errors.ToString().ShouldBe("No errors");
        report.Snapshot.Stages.Select(stage => (stage.Canceled, stage.Failed, stage.InProgress, stage.Queued)).ShouldBe([(0, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0)]);
        tracker.GetByStatus(ItemStatus.Canceled).ShouldHaveSingleItem().ItemId.ShouldBe("x");
    }

    [Test]
    public async Task A_skipped_item_has_the_priority_the_metadata_and_the_attempts_it_had()
    {
        var job = new Job(_store) { Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await using (PipelineRun<string, string> first = job.Make().Start(Lives.Nightly))
        {
            await first.FeedAsync([new WorkItem<string>("x") { Priority = 7, Metadata = { ["of"] = "x" } }]).InTime();
            first.Complete();
            await first.Completion.InTime();
        }

        await _inspector.ExcludeAsync("nightly", ["x"], "gone");

        PipelineResult<string> result = (await job.RunAsync("x").InTime()).Results.ShouldHaveSingleItem();
        (result.Status, result.Stage, result.Attempts, result.StageInput, result.Metadata["of"]).ShouldBe((ResultStatus.Canceled, "B", 1, null, "x"));
        (await _inspector.GetItemAsync("nightly", "x")).ShouldNotBeNull().Priority.ShouldBe(7);
    }

    [Test]
    public async Task A_second_item_of_the_id_of_a_skipped_one_is_a_duplicate()
    {
        Pipeline<string, string> pipeline = await SkippedInBAsync();

        PipelineReport<string> report = await pipeline.RunAsync(["x", "x"], Lives.Nightly).InTime();

        report.Results.Select(result => result.Error!.GetType()).ShouldBe([typeof(ItemExcludedException), typeof(DuplicateItemException)]);
    }

    [Test]
    public async Task Stop_after_failures_does_not_count_what_was_skipped()
    {
        Pipeline<string, string> pipeline = await SkippedInBAsync();

        PipelineReport<string> report = await pipeline.RunAsync(["x", "new"], new RunOptions { RunId = "nightly", StopAfterFailures = 1 }).InTime();

        (report.CanceledCount, report.SucceededCount).ShouldBe((1, 1));
    }

    [Test]
    public async Task A_pipeline_that_has_changed_leaves_a_skipped_item_and_restarts_it_once_it_is_retried()
    {
        await FailInAsync("C");
        await _inspector.ExcludeAsync("nightly", ["x"], "gone");
        var changed = new Job(_store) { Options = new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }, VersionOfB = "2" };

        PipelineResult<string> skipped = (await changed.RunAsync("x").InTime()).Results.ShouldHaveSingleItem();

        (skipped.Status, skipped.Error!.Message).ShouldBe((ResultStatus.Canceled, "gone"));
        changed.Calls.ShouldBeEmpty();
        (await _inspector.RetryAsync("nightly", ["x"])).ShouldBe(1);
        (await changed.RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        changed.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task A_pipeline_that_has_lost_the_stage_of_a_skipped_item_ends_it_in_its_last_one()
    {
        await FailInAsync("C");
        await _inspector.ExcludeAsync("nightly", ["x"], "gone");
        Pipeline<string, string> shorter = PipelineBuilder.Stage<string, string>("A", x => x + "a")
            .IdentifyBy(x => x)
            .WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages })
            .Build();

        PipelineResult<string> skipped = (await shorter.RunAsync(["x"], Lives.Nightly).InTime()).Results.ShouldHaveSingleItem();

        (skipped.Status, skipped.Stage).ShouldBe((ResultStatus.Canceled, "A"));
    }

    [Test]
    public async Task A_retried_item_has_all_its_attempts_and_no_delay([Values] bool wasSkipped)
    {
        var job = new Job(_store) { Retry = RetryPolicy.Fixed(attempts: 2, TimeSpan.Zero), Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await job.RunAsync("x").InTime();
        if (wasSkipped)
            await _inspector.ExcludeAsync("nightly", ["x"], "gone");
        await _inspector.RetryAsync("nightly", ["x"]);
        job.Calls.Clear();

        (await job.RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Attempts.ShouldBe(2);

        job.CallsOf("x").ShouldBe(["B", "B"]);
    }

    [Test]
    public void A_retried_row_knows_nothing_of_what_the_item_has_gone_through()
    {
        StoredItem failed = Full(StoredItemState.Failed);

        StoredItem retried = OperatorRows.Retried(failed, epoch: 9, DateTimeOffset.UnixEpoch).ShouldNotBeNull();

        (retried with { Checksum = 0 }).ShouldBe(new StoredItem
        {
            Key = 5,
            Id = "s:x",
            Sequence = 3,
            EntryStageIndex = 1,
            StageIndex = 2,
            Priority = 7,
            CrashEpoch = 9,
            StoredAt = DateTimeOffset.UnixEpoch,
        });
        retried.Checksum.ShouldBe(Checksum.Of(retried));
        OperatorRows.Retried(Full(StoredItemState.Canceled), epoch: 9, DateTimeOffset.UnixEpoch).ShouldBe(retried);
        OperatorRows.Retried(Full(StoredItemState.Succeeded), epoch: 9, DateTimeOffset.UnixEpoch).ShouldBeNull();
        OperatorRows.Retried(Full(StoredItemState.Unfinished), epoch: 9, DateTimeOffset.UnixEpoch).ShouldBeNull();
    }

    [Test]
    public void A_skipped_row_is_no_suspect_and_waits_for_nothing()
    {
        StoredItem skipped = OperatorRows.Canceled(Full(StoredItemState.Unfinished), "gone", DateTimeOffset.UnixEpoch).ShouldNotBeNull();

        (skipped.State, skipped.MaxConcurrentSuspects, skipped.NextAttemptAt, skipped.Backoff, skipped.Attempts, skipped.Crashes).ShouldBe((StoredItemState.Canceled, 0, null, TimeSpan.Zero, 2, 1));
        skipped.Checksum.ShouldBe(Checksum.Of(skipped));
        OperatorRows.Canceled(Full(StoredItemState.Succeeded), "gone", DateTimeOffset.UnixEpoch).ShouldBeNull();
        OperatorRows.Canceled(skipped, "again", DateTimeOffset.UnixEpoch).ShouldBeNull();
    }

    [Test]
    public async Task A_store_that_fails_in_between_has_changed_what_it_says([Values] bool isBefore)
    {
        await FailInAsync("B");
        var error = new IOException("connection lost");
        Func<string, Exception?> fault = called => called == nameof(ICheckpointRun.WriteAsync) ? error : null;
        FragileStore fragile = isBefore ? new FragileStore(_store) { Before = fault } : new FragileStore(_store) { After = fault };

        (await new CheckpointInspector(fragile).RetryAsync("nightly", ["x"]).CatchAsync<IOException>()).ShouldBeSameAs(error);

        // The run is given up in any case.
        (await _store.FindRunAsync("nightly")).ShouldNotBeNull().Owner.ShouldBeNull();
        (await _inspector.RetryAsync("nightly", ["x"])).ShouldBe(isBefore ? 1 : 0);
    }

    [Test]
    public async Task Changing_is_canceled()
    {
        await FailInAsync("B");

        await Should.ThrowAsync<OperationCanceledException>(() => _inspector.RetryAsync("nightly", ["x"], new CancellationToken(canceled: true)));

        (await _store.FindRunAsync("nightly")).ShouldNotBeNull().Owner.ShouldBeNull();
        (await _inspector.GetItemAsync("nightly", "x")).ShouldNotBeNull().State.ShouldBe(StoredItemState.Failed);
    }

    private static StoredItem Full(StoredItemState state) => new()
    {
        Key = 5,
        Id = "s:x",
        Sequence = 3,
        EntryStageIndex = 1,
        StageIndex = 2,
        State = state,
        Priority = 7,
        TaskIndex = 1,
        Attempts = 2,
        Crashes = 1,
        CrashEpoch = 4,
        MaxConcurrentSuspects = 8,
        LoneCrashes = 2,
        NextAttemptAt = DateTimeOffset.MaxValue,
        Backoff = TimeSpan.FromHours(1),
        Error = ErrorCodec.Encode("T", "m", "d"),
        LastStep = new StoredStep { Item = 5, StageIndex = 1 },
    };

    private async Task<Pipeline<string, string>> SkippedInBAsync()
    {
        await FailInAsync("B");
        (await _inspector.ExcludeAsync("nightly", ["x"], "gone")).ShouldBe(1);
        return new Job(_store).Make();
    }

    private async Task FailInAsync(string stage)
    {
        var job = new Job(_store) { Body = (at, _, _) => at == stage ? throw new InvalidOperationException("down") : Task.CompletedTask };
        (await job.RunAsync("x").InTime()).FailedCount.ShouldBe(1);
    }
}
