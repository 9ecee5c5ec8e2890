using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

public sealed class ResumingTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task Finished_items_come_from_the_store_without_running_anything()
    {
        PipelineReport<string> first = await new Job(_store).RunAsync("x", "y").InTime();
        first.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"]);
        first.ResumedCount.ShouldBe(0);

        var again = new Job(_store);
        PipelineReport<string> second = await again.RunAsync("x", "y", "z").InTime();

        second.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc", "zabc"]);
        again.CallsOf("x").ShouldBeEmpty();
        again.CallsOf("z").ShouldBe(["A", "B", "C"]);
        second.ResumedCount.ShouldBe(2);
        second.NotFedCount.ShouldBe(0);
        second.SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task Items_half_way_enter_their_next_stage_with_the_stored_value_priority_and_metadata()
    {
        var job = new Job(_store) { Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        var item = new WorkItem<string>("x") { Priority = 7, Metadata = { ["tenant"] = "a", ["size"] = 3 } };
        await job.Make().RunAsync([item], new RunOptions { RunId = "nightly" }).InTime();

        var again = new Job(_store) { Options = new CheckpointOptions { ResumeFailed = true } };
        PipelineReport<string> report = await again.RunAsync("x").InTime();

        again.CallsOf("x").ShouldBe(["B", "C"]);
        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Value.ShouldBe("xabc");
        result.Metadata["tenant"].ShouldBe("a");
        result.Metadata["size"].ShouldBe(3);
    }

    [Test]
    public async Task Failed_items_stay_failed_with_the_error_they_had()
    {
        var job = new Job(_store) { Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await job.RunAsync("x").InTime();

        var again = new Job(_store);
        PipelineReport<string> report = await again.RunAsync("x").InTime();

        again.Calls.ShouldBeEmpty();
        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Status.ShouldBe(ResultStatus.Failed);
        result.Stage.ShouldBe("B");
        result.StageInput.ShouldBe("xa");
        result.Attempts.ShouldBe(1);
        StoredFailureException error = result.Error.ShouldBeOfType<StoredFailureException>();
        error.OriginalType.ShouldBe(nameof(InvalidOperationException));
        error.Message.ShouldBe("down (This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.)");
        report.Errors.ByType.ShouldContainKeyAndValue(nameof(InvalidOperationException), 1L);
        report.Snapshot.Fed.ShouldBe(1);
        report.FailedCount.ShouldBe(1);
    }

    [Test]
    public async Task Canceled_items_run_again()
    {
        var gate = new Gate<string>();
        var job = new Job(_store) { Body = (stage, item, token) => stage == "B" ? gate.PassAsync(item, token) : Task.CompletedTask };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await run.FeedAsync(["x"]).InTime();
        await gate.WhenArrivedAsync(1).InTime();
        await run.DisposeAsync();
        (await run.Completion.InTime()).CanceledCount.ShouldBe(1);

        var again = new Job(_store);
        PipelineReport<string> report = await again.RunAsync("x").InTime();

        again.CallsOf("x").ShouldBe(["B", "C"]);
        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task Items_that_are_not_fed_again_are_untouched_and_counted()
    {
        await new Job(_store).RunAsync("x", "y", "z").InTime();

        PipelineReport<string> report = await new Job(_store).RunAsync("y").InTime();

        report.NotFedCount.ShouldBe(2);
        report.ResumedCount.ShouldBe(1);
        (await new Job(_store).RunAsync("x", "y", "z").InTime()).ResumedCount.ShouldBe(3);
    }

    [Test]
    public async Task A_second_item_of_an_id_fails_and_names_both()
    {
        PipelineReport<string> report = await new Job(_store).RunAsync("x", "y", "x").InTime();

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Succeeded, ResultStatus.Failed]);
        DuplicateItemException error = report.Results[2].Error.ShouldBeOfType<DuplicateItemException>();
        error.Sequence.ShouldBe(2);
        error.FirstSequence.ShouldBe(0);
    }

    [Test]
    public async Task An_item_without_an_id_is_refused_at_the_feed()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x + 1).WithCheckpoints(_store).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly" });

        ItemIdMissingException error = await run.FeedAsync([new WorkItem<int>(1) { Id = 1 }, new WorkItem<int>(2)]).InTime().CatchAsync<ItemIdMissingException>();

        error.Accepted.ShouldBe(1);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task An_input_with_an_item_without_an_id_is_told_so()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x + 1).WithCheckpoints(_store).Build();

        PipelineInputException error = await pipeline.RunAsync([1, 2], new RunOptions { RunId = "nightly" }).InTime().CatchAsync<PipelineInputException>();

        error.InnerException.ShouldBeOfType<ItemIdMissingException>();
        error.Message.ShouldStartWith("The input was refused after 0 items: With checkpoints every item needs an id");
    }

    [Test]
    public async Task An_item_whose_metadata_cannot_be_stored_fails_alone()
    {
        var odd = new WorkItem<string>("y") { Metadata = { ["site"] = new Uri("http://ants.example") } };
        PipelineReport<string> report = await new Job(_store).Make().RunAsync([new WorkItem<string>("x"), odd, new WorkItem<string>("z")], new RunOptions { RunId = "nightly" }).InTime();

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Failed, ResultStatus.Succeeded]);
        report.Results[1].Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain("Metadata 'site' is a System.Uri, which cannot be stored.");

        // Nothing of it is stored, so it may come again in a better shape.
        (await new Job(_store).RunAsync("x", "y", "z").InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public void Checkpoints_without_a_RunId_throw_at_the_start() =>
        Should.Throw<PipelineConfigurationException>(() => new Job(_store).Make().Start()).Message.ShouldContain("RunId");

    [Test]
    public async Task A_run_that_is_owned_is_refused_and_its_owner_named()
    {
        await using ICheckpointRun owned = await _store.OpenRunAsync("nightly");

        RunOwnedException error = await new Job(_store).RunAsync("x").InTime().CatchAsync<RunOwnedException>();

        error.Owner.ShouldContain(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task Backoff_goes_on_where_it_was()
    {
        var time = new SteppedTime();
        var retry = RetryPolicy.Fixed(attempts: 3, TimeSpan.FromSeconds(100));
        var job = new Job(_store) { Time = time, Retry = retry, Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await using (PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" }))
        {
            await run.FeedAsync(["x"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
            time.Advance(TimeSpan.FromSeconds(60));
        }

        var again = new Job(_store) { Time = time, Retry = retry };
        await using PipelineRun<string, string> second = again.Make().Start(new RunOptions { RunId = "nightly" });
        await second.FeedAsync(["x"]).InTime();
        second.Complete();
        await Waiting.UntilAsync(() => second.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromSeconds(39));
        second.GetSnapshot().Retrying.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(2));

        PipelineResult<string> result = (await second.Completion.InTime()).Results.ShouldHaveSingleItem();
        result.Value.ShouldBe("xabc");
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task An_item_being_saved_is_in_state_Saving_and_holds_neither_worker_nor_place()
    {
        var held = new ChaosStore(_store);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x + 1, workers: 1).IdentifyBy(x => x).WithCheckpoints(held).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        held.HoldWrites();

        await run.FeedAsync([1, 2, 3, 4]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 4);
        PipelineSnapshot snapshot = run.GetSnapshot();
        snapshot.InProgress.ShouldBe(0);
        snapshot.Stages[0].Saving.ShouldBe(4);
        snapshot.Workers.ShouldAllBe(worker => !worker.IsBusy);
        held.ReleaseWrites();

        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
    }

    [Test]
    public async Task Workers_wait_once_too_many_items_are_being_saved()
    {
        var held = new ChaosStore(_store);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x + 1, workers: 2, s => s.QueueCapacity = 100)
            .IdentifyBy(x => x).WithCheckpoints(held, new CheckpointOptions { MaxSaving = 10 }).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        held.HoldWrites();

        await run.FeedAsync(Enumerable.Range(0, 100)).InTime();
        // Both workers hold an item that they have finished.
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 10, InProgress: 2, Queued: 88 } now && now.Workers.All(worker => !worker.IsBusy));
        held.ReleaseWrites();

        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(100);
    }

    [Test]
    public async Task A_worker_that_waits_to_save_keeps_no_permit()
    {
        var held = new ChaosStore(_store);
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithTasks<int, int>("A", t => t.Task("one at a time", x => x == 3 ? throw new FormatException() : x, maxConcurrency: 1), workers: 3)
            .IdentifyBy(x => x).WithCheckpoints(held, new CheckpointOptions { MaxSaving = 1 }).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        held.HoldWrites();

        await run.FeedAsync([1, 2, 3, 4, 5]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 1, InProgress: 3, Queued: 1 } now && now.Stages[0].Limits is [{ InUse: 0, Waiting: 0 }]);
        held.ReleaseWrites();

        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        (report.SucceededCount, report.FailedCount).ShouldBe((4, 1));
    }

    [Test]
    public async Task Workers_that_wait_to_save_end_with_a_run_that_is_canceled()
    {
        var held = new ChaosStore(_store);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 4)
            .IdentifyBy(x => x).WithCheckpoints(held, new CheckpointOptions { MaxSaving = 1 }).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromMilliseconds(100) });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        held.HoldWrites();
        await run.FeedAsync(Enumerable.Range(0, 6)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 1, InProgress: 4 });

        run.Cancel();

        (await run.Completion.InTime()).CanceledCount.ShouldBe(6);
        held.ReleaseWrites();
    }

    [Test]
    public async Task OnSuccess_comes_after_the_write()
    {
        var held = new ChaosStore(_store);
        var told = new List<string>();
        var job = new Job(held)
        {
            OnSuccess = (success, _) =>
            {
                lock (told)
                    told.Add($"{success.Stage} {success.Input} {success.Value}");
                return ValueTask.CompletedTask;
            },
        };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        held.HoldWrites();
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 1);
        told.ShouldBeEmpty();
        held.ReleaseWrites();

        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
        told.ShouldBe(["A x xa", "B xa xab", "C xab xabc"]);
    }
}
