using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>The store fails, for a while or permanently.</summary>
public sealed class StoreFailureTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly IOException _full = new("the disk is full");

    private Job NewJob(CheckpointOptions? options = null) => new(_store) { Time = _time, Options = options ?? new CheckpointOptions { GiveUpAfter = TimeSpan.FromMinutes(1) } };

    private void Fail(string method) => _store.Before = called => called == method ? _full : null;

    private void Heal() => _store.Before = _ => null;

    private static async Task<PipelineRun<string, string>> StartAsync(Job job, RunOptions? options = null)
    {
        PipelineRun<string, string> run = job.Make().Start(options ?? Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    [Test]
    public async Task Errors_that_cannot_say_what_they_are_lose_no_item([Values] bool is_store_failing)
    {
        Job job = NewJob(new CheckpointOptions { MaxSaving = 1, GiveUpAfter = TimeSpan.Zero });
        job.Body = (stage, item, _) => stage == "B" && item != "x" ? throw new Silent() : Task.CompletedTask;
        await using PipelineRun<string, string> run = await StartAsync(job);
        if (is_store_failing)
            _store.Before = called => called == nameof(ICheckpointRun.WriteAsync) ? new Silent() : null;
        await run.FeedAsync(["x", "y", "z"]).InTime();
        run.Complete();

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        (report.Fault is CheckpointException).ShouldBe(is_store_failing);
        report.Results.Count.ShouldBe(3);
        report.CanceledCount.ShouldBe(0);
        if (is_store_failing)
            report.Results.ShouldAllBe(result => result.Error is CheckpointException);
        else
            (report.SucceededCount, report.FailedCount).ShouldBe((1, 2));
        run.GetSnapshot().Saving.ShouldBe(0);
        Heal();
        if (!is_store_failing)
            (await NewJob().RunAsync("y").InTime()).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<StoredFailureException>().Message.ShouldContain("cannot be read");
    }

    private sealed class Silent : Exception
    {
        public override string Message => throw new InvalidOperationException("it cannot say");
    }

    [Test]
    public async Task Items_wait_in_Saving_while_the_store_fails_and_go_on_when_it_is_back()
    {
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        Fail(nameof(ICheckpointRun.WriteAsync));
        await run.FeedAsync(["x", "y"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 2, StoreFailingSince: not null });

        PipelineSnapshot failing = run.GetSnapshot();
        failing.StoreFailingSince.ShouldBe(_time.GetUtcNow());
        failing.StoreError.ShouldNotBeNull().ShouldContain("the disk is full");
        failing.Phase.ShouldBe(RunPhase.Running);

        await _time.WhenPendingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(20));
        await Waiting.UntilAsync(() => _time.PendingTimerCount > 0);
        Heal();
        run.Complete();
        PipelineReport<string> report = await _time.DriveAsync(run.Completion);
        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"]);
        report.Snapshot.StoreFailingSince.ShouldBeNull();
        report.Snapshot.StoreError.ShouldBeNull();
    }

    [Test]
    public async Task Writes_are_tried_again_ever_less_often_but_every_five_seconds()
    {
        List<DateTimeOffset> writes = [];
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        _store.Before = method =>
        {
            if (method == nameof(ICheckpointRun.WriteAsync))
                writes.Add(_time.GetUtcNow());
            return writes.Count > 0 && writes.Count < 10 && method == nameof(ICheckpointRun.WriteAsync) ? _full : null;
        };
        await run.FeedAsync(["x"]).InTime();
        run.Complete();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(1);
        writes.Zip(writes.Skip(1), (a, b) => (b - a).TotalMilliseconds).Take(9).ShouldBe([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    }

    [Test]
    public async Task A_store_that_is_given_up_stops_the_run_gently_and_nothing_is_lost()
    {
        Job job = NewJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        run.Pause("B");
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 1);
        Fail(nameof(ICheckpointRun.WriteAsync));
        await run.FeedAsync(["y", "z"]).InTime();

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        report.Fault.ShouldBeOfType<CheckpointException>().InnerException.ShouldBeSameAs(_full);
        (report.WasStopped, report.NotTakenCount, report.IsEngineBroken).ShouldBe((false, null, false));
        report.Elapsed.ShouldBe(TimeSpan.FromMinutes(1));
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Failed, ResultStatus.Failed]);
        CheckpointException error = report.Results[1].Error.ShouldBeOfType<CheckpointException>();
        error.UnsavedValue.ShouldBe("ya");
        error.InnerException.ShouldBeSameAs(_full);
        error.Message.ShouldBe("The result of stage 'A' for item 'y' could not be saved: the disk is full");
        job.CallsOf("x").ShouldBe(["A"]);

        Heal();
        Job again = NewJob();
        (await again.RunAsync("x", "y", "z").InTime()).Results.Select(result => result.Value).ShouldBe(["xabc", "yabc", "zabc"]);
        again.CallsOf("x").ShouldBe(["B", "C"]);
        again.CallsOf("y").ShouldBe(["A", "B", "C"]);
    }

    [Test]
    public async Task GiveUpAfter_zero_gives_up_at_once()
    {
        await using PipelineRun<string, string> run = await StartAsync(NewJob(new CheckpointOptions { GiveUpAfter = TimeSpan.Zero }));
        Fail(nameof(ICheckpointRun.WriteAsync));
        await run.FeedAsync(["x"]).InTime();

        PipelineReport<string> report = await run.Completion.InTime();

        report.Elapsed.ShouldBe(TimeSpan.Zero);
        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>().UnsavedValue.ShouldBe("xa");
    }

    [Test]
    public async Task A_large_value_of_which_a_piece_was_not_written_is_not_saved()
    {
        Job job = NewJob(new CheckpointOptions { GiveUpAfter = TimeSpan.Zero });
        job.Build = builder => builder.IdentifyBy(_ => "large");
        await using PipelineRun<string, string> run = await StartAsync(job);
        int writes = 0;
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && ++writes == 1 ? _full : null;
        await run.FeedAsync([new string('x', 300_000)]).InTime();

        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>().InnerException.ShouldBeSameAs(_full);
        (await _store.ReadItemsAsync("nightly").ToListAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task An_item_that_fails_while_the_store_is_away_keeps_its_own_error()
    {
        Job job = NewJob();
        job.Body = (_, _, _) => throw new InvalidOperationException("down");
        await using PipelineRun<string, string> run = await StartAsync(job);
        Fail(nameof(ICheckpointRun.WriteAsync));
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 1);

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<InvalidOperationException>();
    }

    [TestCase(nameof(ICheckpointRun.WriteAsync))]
    [TestCase(nameof(ICheckpointRun.FindItemAsync))]
    [TestCase(nameof(ICheckpointRun.ReadItemsAsync))]
    [TestCase(nameof(ICheckpointRun.FindStepAsync))]
    [TestCase(nameof(ICheckpointRun.ReadChunksAsync))]
    [TestCase(nameof(ICheckpointRun.ReadOncesAsync))]
    [TestCase(nameof(ICheckpointRun.MarkStartedAsync))]
    public async Task A_method_that_fails_now_and_then_before_or_after_its_work_changes_nothing(string method)
    {
        string large = new('x', 600_000);
        Job Life() => new(_store) { Time = _time, Options = new CheckpointOptions { ResumeFailed = true }, Build = builder => builder.IdentifyBy(x => x.Length > 9 ? "large" : x) };
        Job first = Life();
        first.Body = (stage, item, _) => stage == "B" && item.Length % 2 == 0 ? throw new InvalidOperationException("down") : Task.CompletedTask;
        await first.RunAsync("1", "22", "333", "4444", large).InTime();
        int calls = 0;
        _store.Before = called => called == method && Interlocked.Increment(ref calls) % 4 == 1 ? _full : null;
        _store.After = called => called == method && Interlocked.Increment(ref calls) % 4 == 3 ? _full : null;
        // Two ways to a step that is not the last one: it is not whole.
        _store.Steps = row => row.StageIndex == 0 && row.Chunks == 0 && row.Item % 4 == 0 ? row with { Checksum = 0 } : row;

        Job second = Life();
        // Not in their order, so that some are looked up on their own.
        string[] items = ["4444", "1", large, "new", "333", "22", "newer"];
        PipelineReport<string> report = await _time.DriveAsync(Task.Run(async () =>
        {
            PipelineRun<string, string> run = await StartUntilOpenAsync(second);
            await run.FeedAsync(items);
            run.Complete();
            return await run.Completion;
        }));

        report.Fault.ShouldBeNull();
        report.Results.Select(result => result.Value).ShouldBe(items.Select(item => item + "abc"));
        report.ResumedCount.ShouldBe(5);
        foreach (string item in items)
            second.CallsOf(item).ShouldBe(second.CallsOf(item).Distinct(), item[..1]);
        calls.ShouldBeGreaterThan(3);
    }

    /// <summary>Opening is not tried again by the library.</summary>
    private static async Task<PipelineRun<string, string>> StartUntilOpenAsync(Job job)
    {
        while (true)
        {
            PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
            await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
            if (!run.Completion.IsCompleted && run.GetSnapshot().Phase == RunPhase.Running)
                return run;
            await run.Completion.InTime();
        }
    }

    [TestCase(nameof(ICheckpointRun.FindItemAsync))]
    [TestCase(nameof(ICheckpointRun.ReadItemsAsync))]
    [TestCase(nameof(ICheckpointRun.FindStepAsync))]
    [TestCase(nameof(ICheckpointRun.ReadOncesAsync))]
    public async Task A_lookup_that_fails_for_ever_ends_the_feed_call_clearly(string method)
    {
        Job first = NewJob();
        first.Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask;
        await first.RunAsync("x", "y").InTime();
        // A second step is only asked for if the last one is not whole.
        _store.Steps = row => row with { Checksum = 0 };
        Fail(method);
        await using PipelineRun<string, string> run = await StartAsync(NewJob(new CheckpointOptions { GiveUpAfter = TimeSpan.FromMinutes(1), ResumeFailed = true }));

        Task feeding = run.FeedAsync(method == nameof(ICheckpointRun.FindItemAsync) ? ["new", "y"] : ["x", "y"]);
        CheckpointException error = await _time.DriveAsync(feeding.CatchAsync<CheckpointException>());

        error.InnerException.ShouldBeSameAs(_full);
        error.Message.ShouldContain("the disk is full");
        PipelineSnapshot after = run.GetSnapshot();
        after.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
        after.StoreFailingSince.ShouldBeNull();
        Heal();
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        PipelineReport<string> report = await _time.DriveAsync(run.Completion);
        report.Snapshot.Fed.ShouldBe(report.Results.Count);
        report.Results[^1].Value.ShouldBe("xabc");
    }

    [Test]
    public async Task RunAsync_says_that_its_input_could_not_be_looked_up()
    {
        await NewJob().RunAsync("x").InTime();
        Fail(nameof(ICheckpointRun.ReadItemsAsync));

        PipelineFaultException error = await _time.DriveAsync(NewJob().RunAsync("x", "y").CatchAsync<PipelineFaultException>());

        error.Report.Fault.ShouldBeOfType<CheckpointException>().InnerException.ShouldBeSameAs(_full);
        error.Report.NotTakenCount.ShouldBe(2);
    }

    [Test]
    public async Task A_feed_call_that_waits_for_the_store_ends_with_its_token()
    {
        await NewJob().RunAsync("x").InTime();
        Fail(nameof(ICheckpointRun.ReadItemsAsync));
        using var cancel = new CancellationTokenSource();
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        Task feeding = run.FeedAsync(["x"], cancellationToken: cancel.Token);
        await _time.WhenPendingAsync(1);
        run.GetSnapshot().StoreFailingSince.ShouldBe(_time.GetUtcNow());
        run.GetSnapshot().StoreError.ShouldNotBeNull().ShouldContain("the disk is full");
        await cancel.CancelAsync();

        (await feeding.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(0);
        run.GetSnapshot().StoreFailingSince.ShouldBeNull();
    }

    [Test]
    public async Task A_feed_call_that_waits_for_the_store_ends_with_the_run()
    {
        await NewJob().RunAsync("x").InTime();
        Fail(nameof(ICheckpointRun.ReadItemsAsync));
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        Task feeding = run.FeedAsync(["x"]);
        await _time.WhenPendingAsync(1);
        run.Cancel();

        (await feeding.CatchAsync<PipelineClosedException>()).Accepted.ShouldBe(0);
        await run.Completion.InTime();
    }

    [Test]
    public async Task An_attempt_that_cannot_be_noted_waits_and_goes_on()
    {
        Job job = NewJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        Fail(nameof(ICheckpointRun.MarkStartedAsync));
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        await _time.WhenPendingAsync(1);
        job.Calls.ShouldBeEmpty();
        run.GetSnapshot().StoreFailingSince.ShouldBe(_time.GetUtcNow());
        Heal();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(1);
        run.GetSnapshot().StoreFailingSince.ShouldBeNull();
    }

    [Test]
    public async Task A_store_that_was_disposed_of_or_is_damaged_is_given_up_at_once(
        [Values(nameof(ICheckpointRun.WriteAsync), nameof(ICheckpointRun.MarkStartedAsync), nameof(ICheckpointRun.ReadItemsAsync))] string method, [Values] bool isDamaged)
    {
        await NewJob().RunAsync("x").InTime();
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        _store.Before = called => called == method ? isDamaged ? new InvalidDataException("damaged") : new ObjectDisposedException("store") : null;

        await run.FeedAsync(["y"]).ContinueWith(static _ => { }, TaskScheduler.Default).InTime();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.SucceededCount.ShouldBe(0);
        report.Elapsed.ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public async Task An_attempt_that_can_never_be_noted_does_not_start()
    {
        Job job = NewJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        Fail(nameof(ICheckpointRun.MarkStartedAsync));
        await run.FeedAsync(["x", "y", "z"]).InTime();

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        report.Fault.ShouldBeOfType<CheckpointException>();
        report.CanceledCount.ShouldBe(3);
        job.Calls.ShouldBeEmpty();
    }

    [TestCase(nameof(ICheckpointStore.OpenRunAsync), true)]
    [TestCase(nameof(ICheckpointStore.OpenRunAsync), false)]
    [TestCase(nameof(ICheckpointRun.WriteAsync), true)]
    public async Task A_run_that_cannot_be_opened_says_why_everywhere(string method, bool isBefore)
    {
        Func<string, Exception?> fault = called => called == method ? _full : null;
        (_store.Before, _store.After) = isBefore ? (fault, _store.After) : (_store.Before, fault);

        (await NewJob().RunAsync("x").CatchAsync<IOException>()).ShouldBeSameAs(_full);
        (await NewJob().Make().StreamAsync(["x"], Lives.Nightly).ToListAsync().CatchAsync<IOException>()).ShouldBeSameAs(_full);
        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);
        (await run.FeedAsync(["x"]).CatchAsync<IOException>()).ShouldBeSameAs(_full);
        (await run.FeedOneAsync("x").CatchAsync<IOException>()).ShouldBeSameAs(_full);
        PipelineReport<string> report = await run.Completion.InTime();
        report.Fault.ShouldBeSameAs(_full);
        report.Results.ShouldBeEmpty();

        (_store.Before, _store.After) = (_ => null, _ => null);
        (await NewJob().RunAsync("x").InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task Giving_the_run_up_may_fail_and_is_in_the_report()
    {
        _store.After = method => method == nameof(IAsyncDisposable.DisposeAsync) ? _full : null;

        PipelineReport<string> report = await NewJob().RunAsync("x").InTime();

        report.SucceededCount.ShouldBe(1);
        report.Fault.ShouldBeNull();
        report.Errors.Callbacks.ShouldHaveSingleItem().Error.ShouldBeSameAs(_full);
    }
}
