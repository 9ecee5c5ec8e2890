using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>An item that crashes its process must not do so forever.</summary>
public sealed class CrashTests
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly Gate<string> _gate = new();

    public CrashTests() => _store = new FragileStore(_inner);

    private Job LifeOf(CheckpointOptions? options = null) => new(_store) { Options = options ?? new CheckpointOptions() };

    /// <summary>A start that crashes while a stage runs an item.</summary>
    private async Task DieInAsync(string stage, string item = "x", CheckpointOptions? options = null)
    {
        Job job = LifeOf(options);
        job.Body = (at, what, token) => at == stage && what == item ? _gate.PassAsync(what, token) : Task.CompletedTask;
        await job.Make().DieAsync(_store, _gate.WhenArrivedAsync(_gate.Arrivals.Count + 1), item);
    }

    private async Task<StoredItem> RowAsync(string id = "s:x") => (await _inner.ReadItemsAsync("nightly").ToListAsync()).Single(item => item.Id == id);

    [Test]
    public async Task An_item_that_was_started_and_not_ended_is_counted_and_runs_again()
    {
        await DieInAsync("B");
        await DieInAsync("B");

        Job again = LifeOf();
        PipelineReport<string> report = await again.RunAsync("x").InTime();

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task An_item_that_crashed_the_process_three_times_alone_is_Failed_and_says_why()
    {
        for (int i = 0; i < 3; i++)
            await DieInAsync("B");

        Job again = LifeOf();
        PipelineReport<string> report = await again.RunAsync("x", "y").InTime();

        PipelineResult<string> result = report.Results[0];
        result.Status.ShouldBe(ResultStatus.Failed);
        result.Stage.ShouldBe("B");
        result.StageInput.ShouldBe("xa");
        StoredFailureException error = result.Error.ShouldBeOfType<StoredFailureException>();
        error.OriginalType.ShouldBe("ProcessCrashed");
        error.Message.ShouldStartWith("The process crashed 3 times while stage 'B' ran the item; at 3 of these crashes no other suspect ran (MaxCrashes is 3).");
        again.CallsOf("x").ShouldBeEmpty();
        report.Results[1].Value.ShouldBe("yabc");
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task As_often_as_MaxCrashes_says_and_no_more(int most)
    {
        var options = new CheckpointOptions { MaxCrashes = most };
        for (int i = 0; i < most; i++)
            await DieInAsync("A", options: options);

        Job again = LifeOf(options);
        PipelineResult<string> result = (await again.RunAsync("x").InTime()).Results.ShouldHaveSingleItem();

        again.Calls.ShouldBeEmpty();
        result.Status.ShouldBe(ResultStatus.Failed);
        result.Error!.Message.ShouldContain(most == 1 ? "crashed once" : "crashed 2 times");
    }

    [Test]
    public async Task Crashes_are_counted_anew_in_every_stage()
    {
        await DieInAsync("A");
        await DieInAsync("A");
        await DieInAsync("B");
        await DieInAsync("B");
        await DieInAsync("C");
        await DieInAsync("C");

        (await LifeOf().RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task Only_what_was_running_is_counted()
    {
        for (int i = 0; i < 4; i++)
        {
            Job job = LifeOf(new CheckpointOptions { MaxCrashes = 9 });
            job.Body = (at, what, token) => at == "B" && what == "x" ? _gate.PassAsync(what, token) : Task.CompletedTask;
            PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
            run.Pause("C");
            await run.FeedAsync(["y", "x"]).InTime();
            await _gate.WhenArrivedAsync(i + 1);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[2].Queued == 1);
            _store.Kill();
            await run.DisposeAsync();
        }

        (await RowAsync("s:y")).Crashes.ShouldBe(0);
        (await RowAsync()).Crashes.ShouldBe(3);
        (await LifeOf().RunAsync("y").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("yabc");
    }

    [Test]
    public async Task A_finished_stage_does_not_count()
    {
        // What was noted as ended may reach the disk a little later than the result.
        await DieInAsync("B");
        await using (ICheckpointRun run = await _inner.OpenRunAsync("nightly"))
        {
            await run.ForgetInterruptedAsync();
            await run.MarkStartedAsync(0, stage: 0, "s:x");
            ((InMemoryCheckpointRun)run).SimulateCrash();
        }

        await DieInAsync("C");

        (await RowAsync()).Crashes.ShouldBe(0);
    }

    [Test]
    public async Task A_finished_item_does_not_count()
    {
        await LifeOf().RunAsync("x").InTime();
        for (int i = 0; i < 4; i++)
        {
            ICheckpointRun run = await _inner.OpenRunAsync("nightly");
            await run.MarkStartedAsync(0, stage: 2, "s:x");
            ((InMemoryCheckpointRun)run).SimulateCrash();
        }

        Job again = LifeOf();
        (await again.RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task A_life_that_ends_without_counting_does_not_count_twice()
    {
        await DieInAsync("B");
        for (int i = 0; i < 4; i++)
            ((InMemoryCheckpointRun)await _inner.OpenRunAsync("nightly")).SimulateCrash();

        await LifeOf().RunAsync().InTime();

        (await RowAsync()).Crashes.ShouldBe(1);
    }

    [Test]
    public async Task A_life_that_ends_between_counting_and_saying_so_does_not_count_twice()
    {
        await DieInAsync("B");
        _store.Before = method => method == nameof(ICheckpointRun.ForgetInterruptedAsync) ? new IOException("killed") : null;
        for (int i = 0; i < 4; i++)
            await LifeOf(new CheckpointOptions { GiveUpAfter = TimeSpan.Zero }).RunAsync("x").CatchAsync<IOException>();
        _store.Before = _ => null;

        (await RowAsync()).Crashes.ShouldBe(1);
        (await LifeOf().RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task Several_epochs_that_crashed_are_crashes_of_their_own_the_oldest_first()
    {
        // None of them came to count what the one before had left.
        await MarkCrashAsync("x", "y", "z", "u");
        await MarkCrashAsync("x", "y");
        await MarkCrashAsync("x");

        await LifeOf().RunAsync().InTime();

        (await SuspicionAsync("s:x")).ShouldBe((3, 1, 1));
        (await SuspicionAsync("s:y")).ShouldBe((2, 1, 0));
        (await SuspicionAsync("s:z")).ShouldBe((1, 2, 0));
        (await SuspicionAsync("s:u")).ShouldBe((1, 2, 0));
    }

    [Test]
    public async Task An_end_that_was_noted_late_does_not_hide_that_the_item_runs_in_the_next_stage()
    {
        await DieInAsync("B");
        await using (ICheckpointRun run = await _inner.OpenRunAsync("nightly"))
        {
            await run.ForgetInterruptedAsync();
            await run.MarkStartedAsync(0, stage: 0, "s:x");
            await run.MarkStartedAsync(1, stage: 1, "s:x");
            ((InMemoryCheckpointRun)run).SimulateCrash();
        }

        await LifeOf().RunAsync().InTime();

        (await RowAsync()).Crashes.ShouldBe(1);
    }

    [Test]
    public async Task Failing_for_good_ends_the_suspicion()
    {
        await DieInAsync("B");
        Job job = LifeOf();
        job.Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("for good") : Task.CompletedTask;

        await job.RunAsync("x").InTime();

        (await RowAsync()).ShouldSatisfyAllConditions(row => row.State.ShouldBe(StoredItemState.Failed), row => row.MaxConcurrentSuspects.ShouldBe(0), row => row.Crashes.ShouldBe(1));
    }

    [Test]
    public async Task An_item_that_had_failed_and_is_tried_again_counts_among_what_ran()
    {
        Job job = LifeOf();
        job.Body = (stage, item, _) => stage == "B" && item == "x" ? throw new InvalidOperationException("for good") : Task.CompletedTask;
        await job.RunAsync("x").InTime();
        var options = new CheckpointOptions { ResumeFailed = true };
        Job again = LifeOf(options);
        again.Body = (stage, item, token) => stage == "B" ? _gate.PassAsync(item, token) : Task.CompletedTask;
        await again.Make().DieAsync(_store, _gate.WhenArrivedAsync(2), "x", "y");

        await LifeOf(options).RunAsync().InTime();

        // Neither ran alone, and both are suspects.
        (await SuspicionAsync("s:x")).ShouldBe((1, 1, 0));
        (await SuspicionAsync("s:y")).ShouldBe((1, 1, 0));
        (await RowAsync()).State.ShouldBe(StoredItemState.Unfinished);
    }

    private async Task MarkCrashAsync(params string[] items)
    {
        ICheckpointRun run = await _inner.OpenRunAsync("nightly");
        for (int slot = 0; slot < items.Length; slot++)
            await run.MarkStartedAsync(slot, stage: 0, "s:" + items[slot]);
        ((InMemoryCheckpointRun)run).SimulateCrash();
    }

    private async Task<(int Crashes, int Width, int LoneCrashes)> SuspicionAsync(string id)
    {
        StoredItem row = await RowAsync(id);
        return (row.Crashes, row.MaxConcurrentSuspects, row.LoneCrashes);
    }

    [Test]
    public async Task ResumeFailed_gives_it_another_chance_with_its_value()
    {
        for (int i = 0; i < 3; i++)
            await DieInAsync("B");
        await LifeOf().RunAsync("x").InTime();

        Job again = LifeOf(new CheckpointOptions { ResumeFailed = true });
        PipelineReport<string> report = await again.RunAsync("x").InTime();

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task An_attempt_that_ended_is_no_death()
    {
        var time = new SteppedTime();
        for (int i = 0; i < 4; i++)
        {
            Job job = LifeOf();
            job.Time = time;
            job.Retry = RetryPolicy.Fixed(20, TimeSpan.FromHours(1));
            job.Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask;
            PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
            await run.FeedAsync(["x"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
            _store.Kill();
            await run.DisposeAsync();
        }

        (await RowAsync()).Crashes.ShouldBe(0);
    }

    [Test]
    public async Task An_item_that_died_before_anything_of_it_was_stored_keeps_its_priority_and_metadata()
    {
        Job job = LifeOf();
        job.Body = (_, what, token) => _gate.PassAsync(what, token);
        PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        var item = new WorkItem<string>("x") { Priority = -5, Metadata = { ["tenant"] = "a" } };
        await run.FeedAsync([item]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Kill();
        await run.DisposeAsync();

        Job again = LifeOf();
        PipelineReport<string> report = await again.Make().RunAsync([item], Lives.Nightly).InTime();

        report.Results.ShouldHaveSingleItem().Metadata["tenant"].ShouldBe("a");
        (await RowAsync()).Priority.ShouldBe(-5);
        (await RowAsync()).Metadata.IsEmpty.ShouldBeFalse();
    }

    [Test]
    public async Task Stopping_and_canceling_are_no_deaths()
    {
        for (int i = 0; i < 4; i++)
        {
            Job job = LifeOf();
            job.Body = (stage, what, token) => stage == "B" ? _gate.PassAsync(what, token) : Task.CompletedTask;
            await job.Make().CancelAsync(_gate.WhenArrivedAsync(i + 1), "x");
        }

        (await RowAsync()).Crashes.ShouldBe(0);
    }
}
