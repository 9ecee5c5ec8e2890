using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A worker takes the end of its last item for the begin of the next one. But what was not there yet at that time begins later, however the worker was held up in
/// between: no attempt begins before it is due, nor before its item has come, and none is charged for the time before.</summary>
/// <remarks>The bodies suspend: else a worker that the test holds up for 10 ms would give way to others before it takes its next item, and look at the clock anew.</remarks>
public sealed class BeginTests
{
    private readonly ScriptedTime _time = new();
#if ANTFLOW_FAULTS
    private readonly Probe _probe = new();
    private readonly Gate<int> _gate = new();
#endif
    private readonly List<(string What, double Seconds)> _begins = [];
    private readonly List<TimeSpan> _durations = [];
    private long _start;

    [Test]
    public async Task An_attempt_begins_when_it_is_due_though_the_timer_fires_while_the_worker_is_still_setting_it()
    {
        _time.OnSet = timer =>
        {
            _time.OnSet = null;
            _time.Advance(timer.Due!.Value);
            timer.GoOff();
        };
        await RunAsync(StageOfRetries(placesForMore: 0), [1]);

        Rounded().ShouldBe(["A.1.1 0", "A.1.2 5"]);
        _durations.ShouldAllBe(duration => duration == TimeSpan.Zero);
    }

    [Test]
    public async Task With_the_stage_scope_the_time_of_the_next_pass_begins_when_it_is_due()
    {
        _time.OnSet = timer =>
        {
            // The timers of the attempts are set, too, and to less.
            if (timer.Due is not { TotalSeconds: > 4 } due)
                return;
            _time.Advance(due);
            timer.GoOff();
        };
        PipelineReport<int> report = await RunAsync(PipelineBuilder.StageWithTasks<int, int>("A", t => t
            .TaskWithContext("one", async (x, context) =>
            {
                await Task.Yield();
                return context.Attempt == 1 ? throw new TimeoutException("again") : x;
            })
            .Task("two", x => x), 1, s =>
            {
                s.RetryScope = RetryScope.Stage;
                s.AttemptTimeout = TimeSpan.FromSeconds(3);
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
            }), [1]);

        report.SucceededCount.ShouldBe(1, "its 3 seconds were not over before it began");
    }

#if ANTFLOW_FAULTS
    [Test]
    [Category("Faults")]
    public async Task An_attempt_begins_when_it_is_due_though_its_worker_had_ended_another_item_before()
    {
        _probe.Once(ProbePoint.Completed("A", 2), () =>
        {
            _time.Advance(TimeSpan.FromSeconds(6));
            _time.Timers[0].GoOff();
        });
        await RunAsync(StageOfRetries(placesForMore: 1), [1, 2]);

        Rounded().ShouldBe(["A.1.1 0", "A.2.1 0", "A.1.2 6"]);
        _durations.ShouldAllBe(duration => duration == TimeSpan.Zero);
    }

    [Test]
    [Category("Faults")]
    public async Task An_item_begins_no_earlier_than_it_was_fed()
    {
        PipelineRun<int, int>? run = null;
        _probe.Once(ProbePoint.Completed("A", 1), () =>
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            run!.TryFeedOne(2).ShouldBeTrue();
        });
        run = Start(PipelineBuilder.Stage<int, int>("A", async x => await PassAsync(x)));
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        await EndAsync(run);

        Rounded().ShouldBe(["A.1.1 0", "A.2.1 3"]);
        _durations.ShouldAllBe(duration => duration == TimeSpan.Zero);
    }

    [Test]
    [Category("Faults")]
    public async Task An_item_begins_no_earlier_than_it_came_from_the_stage_before()
    {
        PipelineRun<int, int>? run = null;
        _probe.Once(ProbePoint.Completed("B", 1), () =>
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            run!.TryFeedOne(2).ShouldBeTrue();
            SpinUntil(() => run.GetSnapshot().Stages[1].Queued == 1);
        });
        run = Start(PipelineBuilder.Stage<int, int>("A", async x => await PassAsync(x)).Then("B", async x => await PassAsync(x)));
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        await EndAsync(run);

        Rounded().Where(begin => begin.StartsWith('B')).ShouldBe(["B.1.1 0", "B.2.1 3"]);
    }

    [Test]
    [Category("Faults")]
    public async Task A_task_begins_no_earlier_than_the_one_before_has_ended_though_a_pause_gave_the_item_to_another_worker()
    {
        PipelineRun<int, int>? run = null;
        _probe.Once(ProbePoint.Completed("A", 2), () =>
        {
            run!.Pause();
            _time.Advance(TimeSpan.FromSeconds(3));
            _gate.Open(1);
            SpinUntil(() => run.GetSnapshot().Queued == 1);
            // The other worker is busy with something more urgent, so this one takes what the pause has sent back.
            run.TryFeedOne(3, ItemPriority.High).ShouldBeTrue();
            run.Resume();
            SpinUntil(() => _gate.Arrivals.Contains(3));
        });
        run = Start(PipelineBuilder.StageWithTasks<int, int>("A", t => t
            .Task("one", async x =>
            {
                if (x != 2)
                    await _gate.PassAsync(x);
                return x;
            })
            .Task("two", PassAsync), workers: 2, s => s.MaxInFlight = 3));
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        await run.FeedOneAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        _gate.OpenForAll();
        await EndAsync(run);

        Rounded().ShouldContain("two.1.1 3");
    }

    private static async Task<int> PassAsync(int item)
    {
        await Task.Yield();
        return item;
    }

    private static void SpinUntil(Func<bool> condition) => SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(120)).ShouldBeTrue();

    private static async Task EndAsync(PipelineRun<int, int> run)
    {
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Fault.ShouldBeNull();
        report.FailedCount.ShouldBe(0);
    }
#endif

    /// <summary>Fails each item once; it is due again 5 seconds later.</summary>
    private static PipelineBuilder<int, int> StageOfRetries(int placesForMore) => PipelineBuilder.StageWithContext<int, int>(
        "A",
        async (x, context) =>
        {
            await Task.Yield();
            return x == 1 && context.Attempt == 1 ? throw new TimeoutException("again") : x;
        },
        workers: 1,
        s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
            s.MaxInFlight = 1 + placesForMore;
        });

    private IEnumerable<string> Rounded() => _begins.Select(begin => $"{begin.What} {Math.Round(begin.Seconds)}");

    private async Task<PipelineReport<int>> RunAsync(PipelineBuilder<int, int> builder, int[] items)
    {
        await using PipelineRun<int, int> run = Start(builder);
        await run.FeedAsync(items);
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Errors.TotalCallbacks.ShouldBe(0);
        return report;
    }

    private PipelineRun<int, int> Start(PipelineBuilder<int, int> builder)
    {
        _start = _time.GetTimestamp();
        var tracker = new StatusTracker
        {
            OnTaskStart = (e, _) =>
            {
                _begins.Add(($"{e.Task}.{e.ItemId}.{e.Attempt}", (e.Timestamp.UtcTicks - _start) / (double)TimeSpan.TicksPerSecond));
                return default;
            },
            OnTaskComplete = (e, _) =>
            {
                _durations.Add(e.Duration);
                return default;
            },
        };
        PipelineRun<int, int> run = builder.IdentifyBy(x => x).WithTimeProvider(_time).WithTracker(tracker).Build().Start();
#if ANTFLOW_FAULTS
        run.Core.Probe = _probe;
#endif
        return run;
    }
}
