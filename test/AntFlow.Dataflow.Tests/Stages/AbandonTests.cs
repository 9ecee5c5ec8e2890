using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A run that is being canceled waits for tasks that ignore their token, but not forever; and what they do afterwards is harmless.</summary>
public sealed class AbandonTests
{
    private readonly SteppedTime _time = new();
    private readonly Gate<int> _gate = new();
    private readonly FakeLogCollector _log = new();

    [Test]
    public async Task Bodies_that_do_not_end_are_given_up_and_their_late_outcomes_are_logged([Values] bool late_ones_throw)
    {
        await using PipelineRun<int, int> run = Start(async (int x) =>
        {
            await _gate.PassAsync(x);
            return late_ones_throw ? throw new TimeoutException() : x;
        });
        await run.FeedAsync(Enumerable.Range(0, 6));
        await _gate.WhenArrivedAsync(2);
        PipelineReport<int> report = await CancelAndAbandonAsync(run);

        report.Results.Count.ShouldBe(6);
        report.Results.ShouldAllBe(r => r.Status == ResultStatus.Canceled);
        report.Results.Count(r => r.WasAbandoned).ShouldBe(2);
        report.Fault.ShouldBeNull();
        report.Snapshot.Workers.Count(w => w.IsBusy).ShouldBe(2);

        _gate.OpenForAll();
        await Waiting.UntilAsync(() => LateLines() == 2);
        run.GetSnapshot().Canceled.ShouldBe(6);
        await Waiting.UntilAsync(() => run.GetSnapshot().Workers.All(w => !w.IsBusy));
        run.GetSnapshot().Workers.ShouldAllBe(w => w.Processed == 0);
        (await run.Completion).ShouldBeSameAs(report);
    }

    [Test]
    public async Task A_predicate_that_blocks_is_given_up_once()
    {
        using var blocking = new ManualResetEventSlim();
        using var begun = new SemaphoreSlim(0);
        await using PipelineRun<int, int> run = Start((int x) => Task.FromResult(x), s => s.SkipIf = _ =>
        {
            begun.Release();
            blocking.Wait();
            return true;
        });
        await run.FeedOneAsync(1);
        await begun.WaitAsync();
        PipelineReport<int> report = await CancelAndAbandonAsync(run);
        report.Results.Single().WasAbandoned.ShouldBeTrue();

        blocking.Set();
        await Waiting.UntilAsync(() => LateLines() == 1);
        run.GetSnapshot().Canceled.ShouldBe(1);
        run.GetSnapshot().Succeeded.ShouldBe(0);
    }

    [Test]
    public async Task A_callback_that_does_not_end_is_given_up_once([Values] bool of_success)
    {
        await using PipelineRun<int, int> run = Start((int x) => of_success ? Task.FromResult(x) : throw new ArgumentException("no"), s =>
        {
            s.OnSuccess = (e, _) => new ValueTask(_gate.PassAsync(1, CancellationToken.None));
            s.OnFailure = (e, _) => new ValueTask(_gate.PassAsync(1, CancellationToken.None));
        });
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        PipelineReport<int> report = await CancelAndAbandonAsync(run);
        report.Results.Single().WasAbandoned.ShouldBeTrue();
        report.Results.Single().Status.ShouldBe(ResultStatus.Canceled);

        _gate.OpenForAll();
        await Waiting.UntilAsync(() => LateLines() == 1);
        run.GetSnapshot().Canceled.ShouldBe(1);
        run.GetSnapshot().Failed.ShouldBe(0);
    }

    [Test]
    public async Task Bodies_that_end_at_the_instant_they_are_given_up_have_one_result()
    {
        for (int round = 0; round < 300; round++)
        {
            var gate = new Gate<int>();
            Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
            {
                await gate.PassAsync(x);
                return x;
            }, workers: 8, s => s.SkipIf = x => x == 7).Then("B", x => x, workers: 2).Build();
            PipelineRun<int, int> run = pipeline.Start(new RunOptions { AbandonAfter = TimeSpan.Zero });
            await run.FeedAsync(Enumerable.Range(0, 8));
            await gate.WhenArrivedAsync(7);
            Task opening = Task.Run(gate.OpenForAll);
            await run.DisposeAsync().AsTask().InTime();
            await opening;
            PipelineReport<int> report = await run.Completion;

            report.Results.Select(r => r.Sequence).ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);
            (report.SucceededCount + report.CanceledCount).ShouldBe(8);
            report.Fault.ShouldBeNull();
        }
    }

#if ANTFLOW_FAULTS
    [Test]
    [Category("Faults")]
    public async Task A_body_that_ended_just_before_is_not_given_up([Values] bool it_throws)
    {
        var probe = new Probe();
        probe.Once(it_throws ? ProbePoint.Canceled("A", 1) : ProbePoint.Completed("A", 1), () => _time.StepToNextTimer().ShouldBeTrue());
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await _gate.PassAsync(x);
            return it_throws ? throw new TimeoutException() : x;
        }).IdentifyBy(x => x).WithTimeProvider(_time).WithLogging(Logs()).Build();
        PipelineRun<int, int> run = pipeline.Start();
        run.Core.Probe = probe;
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        Task disposing = run.DisposeAsync().AsTask();
        await _time.WhenPendingAsync(1);
        _gate.OpenForAll();
        await disposing.InTime();
        PipelineReport<int> report = await run.Completion;
        PipelineResult<int> result = report.Results.ShouldHaveSingleItem();

        probe.Hits.ShouldBe(1);
        report.Fault.ShouldBeNull();
        result.Status.ShouldBe(it_throws ? ResultStatus.Canceled : ResultStatus.Succeeded);
        result.WasAbandoned.ShouldBeFalse();
        LateLines().ShouldBe(0);
    }
#endif

    [Test]
    public async Task An_attempt_that_is_given_up_leaves_no_timer_and_its_context_is_dead()
    {
        StageContext? context = null;
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", async (x, c) =>
        {
            context = c;
            await _gate.PassAsync(x);
            return x;
        }, workers: 1, s => s.AttemptTimeout = TimeSpan.FromDays(3)).WithTimeProvider(_time).WithLogging(Logs()).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        context!.SetStatus("at work").ShouldBeTrue();
        Task disposing = run.DisposeAsync().AsTask();
        await _time.WhenPendingAsync(2);
        _time.StepToNextTimer();
        await disposing.InTime();
        context.SetStatus("late").ShouldBeFalse();

        _gate.OpenForAll();
        await Waiting.UntilAsync(() => LateLines() == 1 && _time.PendingTimerCount == 0);
    }

    private async Task<PipelineReport<int>> CancelAndAbandonAsync(PipelineRun<int, int> run)
    {
        Task disposing = run.DisposeAsync().AsTask();
        await _time.WhenPendingAsync(1);
        disposing.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(30));
        await disposing.InTime();
        return await run.Completion;
    }

    private PipelineRun<int, int> Start(Func<int, Task<int>> body, Action<StageOptions<int, int>>? configure = null) =>
        PipelineBuilder.Stage("A", body, workers: 2, configure).WithTimeProvider(_time).WithLogging(Logs()).Build().Start();

    private LoggerFactory Logs() => new([new FakeLoggerProvider(_log)]);

    private int LateLines() => _log.GetSnapshot().Count(line => line.Id.Id == 8);
}
