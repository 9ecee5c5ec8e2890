using AntFlow.Dataflow.Shapes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary><c>ThenPoll</c> looks again and again; between two looks an item holds a place and no worker.</summary>
public sealed class PollingTests
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);

    private SteppedTime _time = null!;
    private DateTimeOffset _began;
    private List<(int Item, double Seconds)> _looks = null!;

    [SetUp]
    public void Begin()
    {
        _time = new SteppedTime();
        _began = _time.GetUtcNow();
        _looks = [];
    }

    [Test]
    public async Task An_item_is_looked_at_until_there_is_an_answer_and_goes_on_with_it()
    {
        PipelineReport<string> report = await RunAsync([7], _ => _looks.Count < 3 ? Poll.Again : Poll.Done("file"));

        report.Results.Single().Value.ShouldBe("file");
        _looks.ShouldBe([(7, 30), (7, 60), (7, 90)]);
        report.Snapshot.Stages[0].Attempts.ShouldBe(3);
    }

    [Test]
    public async Task An_answer_may_say_when_to_look_next()
    {
        PipelineReport<string> report = await RunAsync([1], _ => _looks.Count switch { 1 => Poll.After(TimeSpan.FromSeconds(5)), 2 => Poll.After(TimeSpan.Zero), 3 => Poll.Again, _ => Poll.Done("x") });

        report.SucceededCount.ShouldBe(1);
        _looks.Select(look => look.Seconds).ShouldBe([30, 35, 35, 65]);
    }

    [Test]
    public async Task The_first_look_may_come_at_once_or_at_a_time_of_its_own()
    {
        await RunAsync([1], _ => Poll.Done("x"), s => s.First = TimeSpan.Zero);
        await RunAsync([2], _ => Poll.Done("x"), s => s.First = TimeSpan.FromSeconds(3));

        _looks.ShouldBe([(1, 0), (2, 3)]);
    }

    [Test]
    public async Task An_item_that_has_failed_for_good_is_not_looked_at_again()
    {
        var error = new InvalidDataException("the job was refused");
        PipelineReport<string> report = await RunAsync([1], _ => Poll.Failed(error));

        report.Results.Single().Error.ShouldBeSameAs(error);
        (report.FailedCount, _looks.Count).ShouldBe((1, 1));
    }

    [Test]
    public async Task A_look_that_throws_is_retried_by_the_policy_and_a_look_that_succeeds_forgets_the_failures()
    {
        // Fails twice, finds nothing, fails twice, finds nothing, fails three times.
        bool[] fails = [true, true, false, true, true, false, true, true, true];
        PipelineReport<string> report = await RunAsync([1], _ => fails[_looks.Count - 1] ? throw new HttpRequestException("503") : Poll.Again, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)));

        PipelineResult<string> result = report.Results.Single();
        (result.Status, result.Attempts).ShouldBe((ResultStatus.Failed, 3));
        result.Error.ShouldBeOfType<HttpRequestException>();
        _looks.Select(look => look.Seconds).ShouldBe([30, 31, 32, 62, 63, 64, 94, 95, 96]);
    }

    [Test]
    public async Task Between_two_looks_an_item_holds_a_place_and_no_worker()
    {
        await using PipelineRun<int, string> run = Start(_ => Poll.Again, s => s.MaxInFlight = 5);
        await run.FeedAsync(Enumerable.Range(0, 7));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Polling == 5);

        PipelineSnapshot now = run.GetSnapshot();
        StageSnapshot stage = now.Stages[0];
        (stage.InProgress, stage.Polling, stage.Queued, stage.Retrying, stage.MaxInFlight).ShouldBe((0, 5, 2, 0, 5));
        (now.Polling, now.Fed).ShouldBe((5, 7));
        stage.NextLookAt.ShouldBe(_began + _every);
        run.Cancel();
        (await run.Completion).CanceledCount.ShouldBe(7);
    }

    [Test]
    public async Task Ten_thousand_items_may_wait_by_default()
    {
        await using PipelineRun<int, string> run = Start(_ => Poll.Again);
        await run.FeedAsync(Enumerable.Range(0, 10_005));
        await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 10_000);

        (run.GetSnapshot().Queued, run.GetSnapshot().Stages[0].MaxInFlight).ShouldBe((5, 10_000));
        run.Cancel();
        (await run.Completion).CanceledCount.ShouldBe(10_005);
    }

    [Test]
    public async Task An_item_whose_time_is_over_ends_at_that_moment_and_not_at_its_next_look()
    {
        await using PipelineRun<int, string> run = Start(_ => Poll.Again, s => s.ItemTimeout = TimeSpan.FromSeconds(75));
        await run.FeedAsync([1]);
        run.Complete();
        for (int look = 1; look <= 2; look++)
        {
            await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 1 && _looks.Count == look - 1);
            _time.Advance(_every + TimeSpan.FromTicks(1));
        }

        await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 1 && _looks.Count == 2);
        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        AttemptTimeoutException error = report.Results.Single().Error.ShouldBeOfType<AttemptTimeoutException>();
        error.Timeout.ShouldBe(TimeSpan.FromSeconds(75));
        _looks.Select(look => look.Seconds).ShouldBe([30, 60]);
        (_time.GetUtcNow() - _began).ShouldBe(TimeSpan.FromSeconds(75), tolerance: TimeSpan.FromMilliseconds(1));
    }

    [Test]
    public async Task A_stop_after_the_stage_ends_what_waits_and_one_after_the_item_looks_on()
    {
        await using PipelineRun<int, string> first = Start(_ => Poll.Again);
        await first.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => first.GetSnapshot().Polling == 2);
        first.Stop(mode: StopMode.AfterStage);
        PipelineReport<string> stopped = await first.Completion;
        stopped.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled]);
        _looks.ShouldBeEmpty();

        await using PipelineRun<int, string> second = Start(x => _looks.Count(look => look.Item == x) < 3 ? Poll.Again : Poll.Done("x"));
        await second.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => second.GetSnapshot().Polling == 2);
        second.Stop(mode: StopMode.AfterItem);
        PipelineReport<string> drained = await _time.DriveAsync(second.Completion);
        drained.SucceededCount.ShouldBe(2);
        _looks.Count.ShouldBe(6);
    }

    [Test]
    public async Task A_stop_after_the_stage_during_a_look_takes_its_answer_and_does_not_look_again([Values] bool isDone)
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, string> run = Build(
            PipelineBuilder.Of<int>().ThenPoll("Wait", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return isDone ? Poll.Done("x") : Poll.Again;
            }, _every, configure: s => s.First = TimeSpan.Zero)).Start();
        await run.FeedAsync([1]);
        await gate.WhenArrivedAsync(1);
        run.Stop(mode: StopMode.AfterStage);
        gate.OpenForAll();

        PipelineReport<string> report = await run.Completion;
        report.Results.Single().Status.ShouldBe(isDone ? ResultStatus.Succeeded : ResultStatus.Canceled);
    }

    [Test]
    public async Task A_paused_stage_looks_at_nothing_and_looks_on_when_it_is_resumed()
    {
        await using PipelineRun<int, string> run = Start(_ => Poll.Done("x"));
        await run.FeedAsync([1]);
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 1);
        run.Pause();
        _time.Advance(2 * _every);
        await Waiting.UntilAsync(() => run.GetSnapshot().Queued == 1);
        _looks.ShouldBeEmpty();

        run.Resume();
        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(1);
        _looks.ShouldBe([(1, 60)]);
    }

    [Test]
    public async Task Items_that_come_back_take_turns_with_new_ones_of_their_priority()
    {
        // Each look takes longer than the time between two looks: the worker is busy all the time, and an item is due again before the look at the next one has ended. Under their old tickets the first two would be looked at forever.
        await using PipelineRun<int, string> run = Build(PipelineBuilder.Of<int>().ThenPoll("Wait", x =>
        {
            _looks.Add((x, 0));
            _time.Advance(2 * _every);
            return _looks.Count(look => look.Item == x) < 2 ? Poll.Again : Poll.Done("x");
        }, _every, configure: s => s.Jitter = 0)).Start();
        await run.FeedAsync([1, 2, 3]);
        run.Complete();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(3);
        _looks.Select(look => look.Item).Take(3).ShouldBe([1, 2, 3]);
    }

    [Test]
    public async Task Urgent_items_are_looked_at_first()
    {
        await using PipelineRun<int, string> run = Start(_ => Poll.Done("x"));
        run.Pause();
        await run.FeedAsync([new WorkItem<int>(1) { Priority = 5 }, new WorkItem<int>(2) { Priority = -5 }, new WorkItem<int>(3) { Priority = 0 }]);
        run.Complete();
        run.Resume();
        await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 3);

        await _time.DriveAsync(run.Completion);
        _looks.Select(look => look.Item).ShouldBe([2, 3, 1]);
    }

    [Test]
    public async Task An_item_that_is_skipped_is_not_looked_at()
    {
        PipelineReport<string> report = await RunAsync([1], _ => Poll.Done("x"), s =>
        {
            s.SkipIf = _ => true;
            s.SkipTo = x => $"known {x}";
        });

        (report.Results.Single().Value, _looks.Count).ShouldBe(("known 1", 0));
    }

    [Test]
    public async Task Looks_are_reported_as_one_call_and_a_failed_look_as_a_retry()
    {
        var events = new EventCollector();
        bool[] fails = [false, true, false, false];
        await using PipelineRun<int, string> run = Build(Pipe(_ => fails[_looks.Count - 1] ? throw new HttpRequestException("503") : _looks.Count == 4 ? Poll.Done("x") : Poll.Again, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1))).WithObserver(events)).Start();
        await run.FeedAsync([1]);
        run.Complete();
        await _time.DriveAsync(run.Completion);

        events.Events.Where(e => e.Status is not null).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Retrying, ItemStatus.InProgress, ItemStatus.Completed]);
    }

    [Test]
    public async Task The_call_of_an_item_whose_time_is_over_between_two_looks_is_reported_as_failed()
    {
        var events = new EventCollector();
        await using PipelineRun<int, string> run = Build(Pipe(_ => Poll.Again, s => s.ItemTimeout = TimeSpan.FromSeconds(75)).WithObserver(events)).Start();
        await run.FeedAsync([1]);
        run.Complete();
        await _time.DriveAsync(run.Completion);

        events.Events.Where(e => e.TaskEventKind is not null).Select(e => e.TaskEventKind).ShouldBe([TaskEventKind.Start, TaskEventKind.Fail]);
    }

    [Test]
    public async Task The_time_that_an_item_waits_for_looks_is_a_time_of_its_own()
    {
        ItemTimes times = default;
        var observer = new TimesOfTheEnd(ended => times = ended);
        await using PipelineRun<int, string> run = Build(Pipe(_ => _looks.Count < 2 ? Poll.Again : Poll.Done("x")).WithObserver(observer)).Start();
        await run.FeedAsync([1]);
        run.Complete();
        await _time.DriveAsync(run.Completion);

        times.Poll.ShouldBe(TimeSpan.FromSeconds(60), tolerance: TimeSpan.FromMilliseconds(1));
        times.Total.ShouldBe(TimeSpan.FromSeconds(60), tolerance: TimeSpan.FromMilliseconds(1));
    }

    [Test]
    public void Wrong_times_are_reported_when_the_pipeline_is_built() =>
        Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Of<int>().ThenPoll("Wait", _ => Poll.Done(1), TimeSpan.Zero, configure: s =>
        {
            s.First = TimeSpan.FromSeconds(-1);
            s.Jitter = 1.5;
            s.MaxInFlight = 0;
        }).Build()).Faults.ShouldBe(
        [
            "Stage 'Wait': MaxInFlight is 0; it must be at least Workers, which is 1. Set it with StageOptions.MaxInFlight, or leave it null to follow Workers.",
            "Stage 'Wait': every is 00:00:00; it must be above zero and at most 49 days. Set it with every:.",
            "Stage 'Wait': First is -00:00:01; it must be zero or above and at most 49 days. Set it with PollOptions.First, or leave it null to wait as long as between two looks.",
            "Stage 'Wait': Jitter is 1.5; it must be from 0 to 1. Set it with PollOptions.Jitter.",
        ]);

    [Test]
    public void A_time_before_now_is_refused_where_it_is_given() => Should.Throw<ArgumentOutOfRangeException>(() => Poll.After(TimeSpan.FromTicks(-1))).ParamName.ShouldBe("delay");

    [TestCase(true, ExpectedResult = 0)]
    [TestCase(false, ExpectedResult = 1)]
    public async Task<int> A_stage_that_may_look_forever_is_a_warning(bool isBounded)
    {
        var log = new FakeLogCollector();
        await using PipelineRun<int, string> run = Build(Pipe(_ => Poll.Done("x"), s => s.ItemTimeout = isBounded ? TimeSpan.FromDays(1) : null).WithLogging(new LoggerFactory([new FakeLoggerProvider(log)]))).Start();
        run.Complete();
        await run.Completion;

        return log.GetSnapshot().Count(line => line.Message.Contains("it polls and its ItemTimeout is not set: an item whose answer never comes is looked at forever. Set StageOptions.ItemTimeout", StringComparison.Ordinal));
    }

    private async Task<PipelineReport<string>> RunAsync(IEnumerable<int> items, Func<int, Poll<string>> look, Action<PollOptions<int, string>>? configure = null)
    {
        await using PipelineRun<int, string> run = Start(look, configure);
        await run.FeedAsync(items);
        run.Complete();
        return await _time.DriveAsync(run.Completion);
    }

    private PipelineRun<int, string> Start(Func<int, Poll<string>> look, Action<PollOptions<int, string>>? configure = null)
    {
        _began = _time.GetUtcNow();
        return Build(Pipe(look, configure)).Start();
    }

    private PipelineBuilder<int, string> Pipe(Func<int, Poll<string>> look, Action<PollOptions<int, string>>? configure = null) => PipelineBuilder.Of<int>().ThenPoll("Wait", x =>
    {
        // Time is driven to the moment after a timer.
        _looks.Add((x, Math.Round((_time.GetUtcNow() - _began).TotalSeconds, 3)));
        return look(x);
    }, _every, workers: 1, s =>
    {
        s.Jitter = 0;
        configure?.Invoke(s);
    });

    private Pipeline<int, string> Build(PipelineBuilder<int, string> pipeline) => pipeline.WithTimeProvider(_time).Build();

    private sealed class TimesOfTheEnd(Action<ItemTimes> onEnd) : PipelineObserver
    {
        public override ObserverInterests Interests => ObserverInterests.Ends;

        public override void OnEnded(in ItemObservation item) => onEnd(item.Times);
    }
}
