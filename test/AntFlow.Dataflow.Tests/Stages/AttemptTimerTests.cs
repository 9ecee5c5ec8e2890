using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The timer of an attempt may fire before it is in place, as the attempt ends, late, and twice: it speaks for its own attempt only, and only until that ends.</summary>
public sealed class AttemptTimerTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(7);
    private readonly ScriptedTime _time = new();
    private readonly Gate<string> _gate = new();
    private readonly List<CancellationToken> _tokens = [];

    [Test]
    public async Task It_may_fire_before_whoever_makes_it_has_got_it()
    {
        _time.OnSet = timer => timer.GoOff();
        PipelineReport<int> report = await Build(async (x, context) =>
        {
            await _gate.PassAsync("held", context.CancellationToken);
            return x;
        }).RunAsync([1]).InTime();

        report.Results[0].Error.ShouldBeOfType<AttemptTimeoutException>().InnerException.ShouldBeAssignableTo<OperationCanceledException>();
        report.Snapshot.Overdue.ShouldBe(0);
    }

    [Test]
    public async Task It_may_fire_twice_and_counts_once()
    {
        await using PipelineRun<int, int> run = Build(async (x, _) =>
        {
            await _gate.PassAsync("held");
            return x;
        }).Start();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        _time.Timers[0].GoOff();
        _time.Timers[0].GoOff();
        run.GetSnapshot().Overdue.ShouldBe(1);
        _gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.SucceededCount.ShouldBe(1, "a value is a value, however late");
        report.Snapshot.Overdue.ShouldBe(0);
    }

    [Test]
    public async Task That_of_an_earlier_attempt_does_nothing_to_a_later_one()
    {
        await using PipelineRun<int, int> run = Build(async (x, context) =>
        {
            if (context.Attempt == 1)
                throw new TimeoutException("again");
            _tokens.Add(context.CancellationToken);
            await _gate.PassAsync($"{x}", context.CancellationToken);
            return x;
        }).Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1 && _time.Timers.Count == 2);
        _time.Advance(TimeSpan.FromMinutes(1));
        _time.Timers[1].GoOff();
        await _gate.WhenArrivedAsync(1);
        _time.Timers[0].GoOff();

        await EndsUntouchedAsync(run);
    }

    [Test]
    public async Task That_of_an_earlier_item_does_nothing_to_a_later_one_of_the_same_worker()
    {
        await using PipelineRun<int, int> run = Build(async (x, context) =>
        {
            if (x == 1)
                return x;
            _tokens.Add(context.CancellationToken);
            await _gate.PassAsync($"{x}", context.CancellationToken);
            return x;
        }).Start();
        await run.FeedAsync([1, 2]);
        await _gate.WhenArrivedAsync(1);
        _time.Timers[0].IsDisposed.ShouldBeTrue();
        _time.Timers[0].GoOff();

        await EndsUntouchedAsync(run);
        _time.Timers.ToList().ForEach(timer => timer.GoOff());
        run.GetSnapshot().Overdue.ShouldBe(0, "after the end of the run, too");
    }

    [Test]
    public async Task One_that_fires_as_the_attempt_ends_does_not_change_what_it_ended_with()
    {
        _time.OnDispose = timer => timer.GoOff();
        PipelineReport<int> report = await Build((x, _) => throw new InvalidDataException("of the body"), attempts: 1).RunAsync([1, 2, 3]).InTime();

        report.Results.ShouldAllBe(r => r.Error is InvalidDataException);
        report.Snapshot.Overdue.ShouldBe(0);
    }

    [Test]
    public async Task One_for_all_attempts_that_fires_as_an_attempt_ends_does_not_end_the_item()
    {
        _time.OnDispose = timer => timer.GoOff();
        Task<PipelineReport<int>> running = Build((x, context) => context.Attempt == 1 ? throw new InvalidDataException("again") : Task.FromResult(x), configure: s =>
        {
            s.AttemptTimeout = null;
            s.ItemTimeout = TimeSpan.FromMinutes(10);
        }).RunAsync([1]);
        await Waiting.UntilAsync(() => running.IsCompleted || (_time.Timers.Count == 2 && _time.Timers[1].Due is not null));
        running.IsCompleted.ShouldBeFalse("the time was not over when the attempt ended, so the item waits for its next one");
        _time.Advance(TimeSpan.FromMinutes(1));
        _time.Timers[1].GoOff();
        PipelineReport<int> report = await running.InTime();

        report.Results[0].Value.ShouldBe(1);
        report.Results[0].Attempts.ShouldBe(2);
    }

    [Test]
    public async Task One_that_cannot_be_made_ends_the_run_with_its_fault_and_a_result_for_every_item()
    {
        _time.OnSet = _ => throw new InvalidTimeZoneException("The clock is broken.");
        PipelineReport<int> report = await Build((x, _) => Task.FromResult(x)).RunAsync([1, 2, 3]).ReportAsync();

        report.Fault.ShouldBeOfType<InvalidTimeZoneException>();
        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
        report.SucceededCount.ShouldBe(0);
    }

    [Test]
    public async Task One_that_cannot_be_disposed_of_ends_the_run_with_its_fault_and_a_result_for_every_item()
    {
        _time.OnDispose = timer =>
        {
            if (timer == _time.Timers[0])
                throw new InvalidTimeZoneException("The clock is broken.");
        };
        PipelineReport<int> report = await Build((x, _) =>
        {
            _time.Timers[0].GoOff();
            return Task.FromResult(x);
        }).RunAsync([1, 2, 3]).ReportAsync();

        report.Fault.ShouldBeOfType<InvalidTimeZoneException>();
        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
        report.Snapshot.Overdue.ShouldBe(0);
    }

    private async Task EndsUntouchedAsync(PipelineRun<int, int> run)
    {
        run.GetSnapshot().Overdue.ShouldBe(0);
        // Canceling is done on the pool; the body would be let go by its token, and its item would fail.
        _gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.FailedCount.ShouldBe(0);
        report.Snapshot.Overdue.ShouldBe(0);
        _tokens.ShouldHaveSingleItem().IsCancellationRequested.ShouldBeFalse();
    }

    private Pipeline<int, int> Build(Func<int, StageContext, Task<int>> body, int attempts = 2, Action<StageOptions<int, int>>? configure = null) =>
        PipelineBuilder.StageWithContext("A", body, workers: 1, s =>
        {
            s.AttemptTimeout = _timeout;
            s.Retry = attempts == 1 ? RetryPolicy.None : RetryPolicy.Fixed(attempts, TimeSpan.FromMinutes(1)) with { ShouldRetry = e => e is not AttemptTimeoutException };
            configure?.Invoke(s);
        }).WithTimeProvider(_time).Build();
}
