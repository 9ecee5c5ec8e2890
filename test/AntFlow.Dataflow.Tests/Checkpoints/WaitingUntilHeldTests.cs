using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>While the store cannot say whether the run still belongs to this process, nothing new starts, and what runs goes on.</summary>
public sealed class WaitingUntilHeldTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly FakeLogCollector _log = new();
    private readonly Gate<string> _gate = new();

    private Job MakeJob(TimeSpan? giveUpAfter = null) => new(_store)
    {
        Time = _time,
        Options = new CheckpointOptions { GiveUpAfter = giveUpAfter ?? TimeSpan.FromMinutes(5) },
        Build = builder => builder.WithLogging(new LoggerFactory([new FakeLoggerProvider(_log)])),
    };

    private async Task<PipelineRun<string, string>> StartAsync(Job job)
    {
        PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    private FakeLogRecord[] Logged(int id) => [.. _log.GetSnapshot().Where(record => record.Id.Id == id)];

    [Test]
    public async Task An_attempt_that_would_start_waits_visibly_and_starts_once_the_run_is_held_again()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Holds = false;
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);

        PipelineSnapshot snapshot = run.GetSnapshot();
        snapshot.StoreFailingSince.ShouldNotBeNull();
        snapshot.Workers.ShouldAllBe(worker => !worker.IsBusy);
        Bottleneck.Find(snapshot).Kind.ShouldBe(BottleneckKind.Store);
        job.Calls.ShouldBeEmpty();
        _store.Holds = true;

        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        report.Fault.ShouldBeNull();
        report.Snapshot.StoreFailingSince.ShouldBeNull();
    }

    [Test]
    public async Task What_runs_goes_on_with_a_token_that_is_not_canceled_and_is_saved()
    {
        Job job = MakeJob();
        CancellationToken token = default;
        job.Body = (stage, item, ct) =>
        {
            token = stage == "C" ? ct : token;
            return stage == "C" ? _gate.PassAsync(item, ct) : Task.CompletedTask;
        };
        await using PipelineRun<string, string> run = await StartAsync(job);
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        await _gate.WhenArrivedAsync(1);
        _store.Holds = false;
        _time.Advance(TimeSpan.FromMinutes(4));
        token.IsCancellationRequested.ShouldBeFalse();
        _gate.OpenForAll();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task All_that_wait_ask_once()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Holds = false;
        await run.FeedAsync(["x", "y"]).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].InProgress == 2 && _store.WaitingUntilHeld == 1);
        for (int turn = 0; turn < 100; turn++)
            await Task.Yield();

        _store.CallsOf(nameof(ICheckpointRun.WaitUntilOwnedAsync)).ShouldBe(1);
        _store.Holds = true;
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stopping_and_canceling_end_the_waiting(bool isCanceled)
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Holds = false;
        await run.FeedAsync(["x", "y"]).InTime();
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);

        if (isCanceled)
            run.Cancel();
        PipelineReport<string> report = await (isCanceled ? run.Completion : run.StopAsync()).InTime();

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled]);
        report.Fault.ShouldBeNull();
        job.Calls.ShouldBeEmpty();
        Logged(14).ShouldBeEmpty();
    }

    [Test]
    public async Task Stopping_ends_the_tries_to_note_a_start()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Before = method => method == nameof(ICheckpointRun.MarkStartedAsync) ? new IOException("away") : null;
        await run.FeedAsync(["x"]).InTime();
        await _time.WhenPendingAsync(1);

        PipelineReport<string> report = await run.StopAsync().InTime();

        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
        Logged(14).ShouldBeEmpty();
    }

    [Test]
    public async Task A_start_that_was_noted_and_did_not_come_is_noted_as_ended()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int tries = 0;
        _store.Before = method => method == nameof(ICheckpointRun.MarkStartedAsync) && tries++ == 0 ? new IOException("away") : null;
        _store.OnMarking = (_, _) =>
        {
            _store.Holds = false;
            noted.SetResult();
        };
        await run.FeedAsync(["x"]).InTime();
        await _time.WhenPendingAsync(1);
        _time.StepToNextTimer();
        await noted.Task.InTime();
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);
        _store.CallsOf(nameof(ICheckpointRun.MarkEnded)).ShouldBe(0);

        await run.StopAsync().InTime();

        _store.CallsOf(nameof(ICheckpointRun.MarkEnded)).ShouldBe(1);
        job.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task The_time_of_an_attempt_begins_when_the_waiting_is_over()
    {
        Job job = MakeJob();
        Func<PipelineBuilder<string, string>, PipelineBuilder<string, string>> build = job.Build;
        Pipeline<string, string> pipeline = build(PipelineBuilder.Stage<string, string>("A", async (x, ct) =>
            {
                await _gate.PassAsync(x, ct);
                return x;
            }, workers: 1, stage => stage.AttemptTimeout = TimeSpan.FromSeconds(10))
            .IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store)).Build();
        await using PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Holds = false;
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);
        _time.Advance(TimeSpan.FromSeconds(60));
        _store.Holds = true;
        await _gate.WhenArrivedAsync(1);
        _time.Advance(TimeSpan.FromSeconds(9));
        _gate.OpenForAll();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task A_run_that_turns_out_to_be_taken_ends_with_the_reason()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Holds = false;
        _store.Before = method => method == nameof(ICheckpointRun.WaitUntilOwnedAsync) ? new LeaseLostException("nightly", "process 7 on far-away has taken it over") : null;

        await run.FeedAsync(["x", "y"]).ContinueWith(static _ => { }, TaskScheduler.Default).InTime();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Fault.ShouldBeOfType<LeaseLostException>().Message.ShouldContain("process 7 on far-away has taken it over");
        job.Calls.ShouldBeEmpty();
        Logged(14).ShouldBeEmpty();
    }

    [Test]
    public async Task The_store_is_given_up_after_GiveUpAfter_once_and_with_the_cause()
    {
        Job job = MakeJob(giveUpAfter: TimeSpan.FromSeconds(20));
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Holds = false;
        _store.ReportTrouble(new IOException("too many clients"));
        await run.FeedAsync(["x", "y"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].InProgress == 2 && _store.WaitingUntilHeld == 1);
        _time.Advance(TimeSpan.FromSeconds(19));
        run.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled]);
        CheckpointException error = Logged(14).ShouldHaveSingleItem().Exception.ShouldBeOfType<CheckpointException>();
        error.Message.ShouldBe("The store could not confirm for 00:00:20 that the run still belongs to this process: too many clients");
        error.InnerException.ShouldBeOfType<IOException>();
        job.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task Trouble_in_the_background_is_a_warning_at_once_and_is_seen_until_it_is_over()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);

        _store.ReportTrouble(new IOException("the server does not answer"));
        _time.Advance(TimeSpan.FromSeconds(12));
        _store.ReportTrouble(new IOException("the server does not answer"));
        _store.ReportTrouble(new IOException("too many clients"));

        FakeLogRecord[] warnings = Logged(16);
        warnings.Select(warning => warning.Level).ShouldBe([LogLevel.Warning, LogLevel.Warning]);
        warnings.Select(warning => warning.Exception?.Message).ShouldBe(["the server does not answer", "too many clients"]);
        PipelineSnapshot snapshot = run.GetSnapshot();
        snapshot.StoreFailingSince.ShouldBe(snapshot.StartedAt);
        snapshot.StoreError.ShouldBe("too many clients");
        _store.ReportTrouble(null);
        run.GetSnapshot().StoreFailingSince.ShouldBeNull();
        Logged(13).Length.ShouldBe(1);
        run.Complete();
        (await run.Completion.InTime()).Fault.ShouldBeNull();
    }

    [Test]
    public async Task Many_whose_start_cannot_be_noted_are_one_warning_each_time_they_try()
    {
        Job job = MakeJob();
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Before = method => method == nameof(ICheckpointRun.MarkStartedAsync) ? new IOException("away") : null;

        await run.FeedAsync(["x", "y"]).InTime();
        await _time.WhenPendingAsync(2);
        Logged(12).Length.ShouldBe(1);
        _store.Before = _ => null;
        run.Complete();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task What_is_done_once_does_not_begin_before_the_run_is_held_and_its_intent_is_not_written()
    {
        int made = 0;
        await using PipelineRun<string, string> run = StartOnce((_, context) =>
        {
            _store.Holds = false;
            return context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"));
        });
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);
        int written = _store.CallsOf(nameof(ICheckpointRun.WriteAsync));
        made.ShouldBe(0);
        _store.Holds = true;

        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("made 1");
        written.ShouldBe(1, "The description.");
    }

    [Test]
    public async Task What_is_done_once_does_not_begin_if_the_writing_of_its_intent_took_too_long()
    {
        int made = 0;
        int letThrough = 0;
        await using PipelineRun<string, string> run = StartOnce((_, context) =>
        {
            _store.OnWriting = _ => _store.Holds = letThrough++ > 0;
            return context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"));
        });
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);
        made.ShouldBe(0);
        _store.Holds = true;

        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("made 1");
    }

    [Test]
    public async Task What_is_done_once_waits_no_longer_than_its_token()
    {
        int made = 0;
        await using PipelineRun<string, string> run = StartOnce(
            (_, context) =>
            {
                _store.Holds = false;
                return context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"));
            },
            stage => stage.AttemptTimeout = TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => _store.WaitingUntilHeld == 1);
        _time.Advance(TimeSpan.FromSeconds(10));

        await Waiting.UntilAsync(() => run.GetSnapshot().Failed == 1);
        made.ShouldBe(0);
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<AttemptTimeoutException>();
    }

    [Test]
    public async Task What_is_done_once_waits_for_its_intent_no_longer_than_its_token()
    {
        int made = 0;
        await using PipelineRun<string, string> run = StartOnce(
            (_, context) =>
            {
                _store.Hold();
                return context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"));
            },
            stage => stage.AttemptTimeout = TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => _store.Held == 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => run.GetSnapshot().Workers.All(worker => !worker.IsBusy));
        _store.Release();

        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<AttemptTimeoutException>();
        made.ShouldBe(0);
    }

    private PipelineRun<string, string> StartOnce(Func<string, StageContext, Task<string>> body, Action<StageOptions<string, string>>? configure = null)
    {
        PipelineRun<string, string> run = PipelineBuilder.StageWithContext("A", body, workers: 1, stage =>
            {
                stage.Retry = RetryPolicy.None;
                configure?.Invoke(stage);
            })
            .IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store).Build().Start(Lives.Nightly);
        Task feeding = run.FeedAsync(["x"]);
        _ = feeding.ContinueWith(_ => run.Complete(), TaskScheduler.Default);
        return run;
    }
}
