using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>Code of a run that waits for what only the run could do waits for itself: it is told so, at once where that is certain, and in the log where it is not.</summary>
public sealed class CodeThatWaitsForItsRun
{
    private readonly SteppedTime _time = new();
    private readonly FakeLogCollector _log = new();
    private PipelineRun<int, int>? _run;

    private IEnumerable<string> Warnings => _log.GetSnapshot().Where(record => record.Id.Id is 44 or 45).Select(record => record.Message);

    private PipelineRun<int, int> Run => _run!;

    [Test]
    public async Task A_task_that_feeds_its_own_stage_is_told_of_after_half_a_minute([Values] bool isFlowSuppressed)
    {
        Pipeline<int, int> pipeline = Build(
            async number =>
            {
                await Task.Yield();
                await Run.FeedAsync([10 + number, 20 + number, 30 + number]);
                return number;
            },
            workers: 2,
            capacity: 1);
        await using PipelineRun<int, int> run = Start(pipeline, isFlowSuppressed);
        await run.FeedOneAsync(1);
        await run.FeedOneAsync(2);
        await WhenAllWorkersWaitAsync(run);

        Bottleneck.Find(run.GetSnapshot()).Sentence.ShouldNotContain("callback of the run");
        Step(TimeSpan.FromSeconds(30));

        Warnings.ShouldHaveSingleItem().ShouldBe(
            $"Run {run.RunId}: a task or callback of the run has waited for 30 s to feed stage 'A', whose queue is full and which has no free worker; if only this code can make room, it waits forever. Feed the run from outside, use TryFeedOne, or set QueueCapacity of the stage to StageOptions.Unbounded");
        Bottleneck found = Bottleneck.Find(run.GetSnapshot());
        (found.Kind, found.Stage, found.Sentence).ShouldBe((
            BottleneckKind.Workers,
            "A",
            "A task or callback of the run has waited for 30 s to feed A, whose queue is full and which has no free worker: feed the run from outside, use TryFeedOne, or set its QueueCapacity to StageOptions.Unbounded."));
        Step(TimeSpan.FromMinutes(5));
        Warnings.Count().ShouldBe(1, "it is said once");
    }

    [Test]
    public async Task A_callback_of_a_tracker_that_feeds_its_run_is_told_of_too()
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { CallbackCapacity = 1 })
        {
            OnStatusChange = async (_, token) => await Run.FeedAsync([10, 11, 12, 13], cancellationToken: token),
        };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", (int number) => number)
            .WithTimeProvider(_time).WithLogging(Logging()).Build().Start(new RunOptions { Tracker = tracker });
        _run = run;
        run.TryFeedOne(1).ShouldBeTrue();
        await _time.WhenPendingAsync(1);
        Step(TimeSpan.FromSeconds(30));

        Warnings.ShouldHaveSingleItem().ShouldBe(
            $"Run {run.RunId}: a task or callback of the run has waited for 30 s to feed stage 'A', while an observer of the run, such as the callbacks of a tracker, is behind; if only this code can let the observer catch up, it waits forever. Feed the run from outside, or use TryFeedOne");
        Bottleneck found = Bottleneck.Find(run.GetSnapshot());
        (found.Kind, found.Stage, found.Sentence).ShouldBe((
            BottleneckKind.Observer, "A", "A task or callback of the run has waited for 30 s to feed A, while an observer of the run, such as the callbacks of a tracker, is behind: feed the run from outside, or use TryFeedOne."));
    }

    [Test]
    public async Task A_feed_call_from_outside_waits_for_hours_without_a_word()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(Build(async number =>
        {
            await gate.PassAsync(number);
            return number;
        }, workers: 2, capacity: 1));
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 10));
        await gate.WhenArrivedAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Queued > 0);

        Step(TimeSpan.FromHours(1));
        Warnings.ShouldBeEmpty();
        Bottleneck.Find(run.GetSnapshot()).Sentence.ShouldStartWith("All 2 workers of A are busy");
        gate.OpenForAll();
        (await feeding.InTime()).ShouldBe(10);
    }

    [Test]
    public async Task A_task_that_waits_for_a_stage_with_free_workers_is_not_told_of()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", async number =>
            {
                await Run.FeedAsync("B", [10, 11, 12]);
                return number;
            })
            .Then("B", number => number, 1, s => s.QueueCapacity = 1)
            .WithTimeProvider(_time).WithLogging(Logging()).Build();
        await using PipelineRun<int, int> run = Start(pipeline);
        run.Pause("B");
        await run.FeedOneAsync(1);
        await _time.WhenPendingAsync(1);

        Step(TimeSpan.FromMinutes(5));
        Warnings.ShouldBeEmpty();
        run.Resume("B");
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 4);
    }

    public enum Place
    {
        Task,
        SkipIf,
        OnSuccess,
        OnFailure,
        ShouldRetry,
        IdentifyBy,
        OnStatusChange,
    }

    [Test]
    public async Task StopAsync_and_DisposeAsync_throw_where_code_of_the_run_calls_them([Values] Place order, [Values] bool isDispose, [Values] bool isFlowSuppressed)
    {
        List<InvalidOperationException> thrown = [];
        int calls = 0;
        void Call(Place here)
        {
            if (here != order || Interlocked.Increment(ref calls) > 1)
                return;
            try
            {
                // The first is thrown at the call, the second by what it returns.
                _ = isDispose ? Run.DisposeAsync().AsTask() is { IsFaulted: true } faulted ? throw faulted.Exception!.InnerException! : Task.CompletedTask : Run.StopAsync();
            }
            catch (InvalidOperationException error)
            {
                thrown.Add(error);
            }
        }

        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", (int number) =>
            {
                Call(Place.Task);
                return number == 1 ? throw new TimeoutException() : number;
            }, 1, s =>
            {
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero) with { ShouldRetry = _ => Answer(Place.ShouldRetry, answer: true) };
                s.SkipIf = _ => Answer(Place.SkipIf, answer: false);
                s.OnSuccess = (_, _) => Answer(Place.OnSuccess, default(ValueTask));
                s.OnFailure = (_, _) => Answer(Place.OnFailure, default(ValueTask));
            })
            .IdentifyBy(number => Answer(Place.IdentifyBy, new ItemId(number)))
            .WithTracker(new StatusTracker { OnStatusChange = (_, _) => Answer(Place.OnStatusChange, default(ValueTask)) })
            .Build();
        T Answer<T>(Place here, T answer)
        {
            Call(here);
            return answer;
        }

        PipelineRun<int, int> run = Start(pipeline, isFlowSuppressed);
        await run.FeedAsync([0, 1]).InTime();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        thrown.ShouldHaveSingleItem().Message.ShouldBe(
            $"{(isDispose ? "DisposeAsync" : "StopAsync")} was called by a task or a callback of the run itself. It waits for the end of the run, and so for this call: it would never return. Call Stop() or Cancel() there, which do not wait.");
        (report.WasStopped, report.WasCanceled, report.SucceededCount, report.FailedCount).ShouldBe((false, false, 1, 1));
    }

    [Test]
    public async Task What_goes_on_when_a_task_has_completed_something_is_no_code_of_the_run()
    {
        // Without RunContinuationsAsynchronously: what waits goes on within the task, on its thread.
        var reached = new TaskCompletionSource();
        await using PipelineRun<int, int> run = Start(Build(number =>
        {
            reached.SetResult();
            return Task.FromResult(number);
        }));
        Task<PipelineReport<int>> stopping = StopAsync();
        await run.FeedOneAsync(1);

        (await stopping.InTime()).WasStopped.ShouldBeTrue();

        async Task<PipelineReport<int>> StopAsync()
        {
            await reached.Task;
            return await run.StopAsync();
        }
    }

    [Test]
    public async Task A_task_may_stop_another_run_and_its_own_without_waiting()
    {
        await using PipelineRun<int, int> other = Build(number => Task.FromResult(number)).Start();
        await using PipelineRun<int, int> run = Start(Build(async number =>
        {
            Run.Stop();
            await other.StopAsync();
            return number;
        }));
        await run.FeedOneAsync(1);

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
        (await other.Completion.InTime()).WasStopped.ShouldBeTrue();
    }

    [Test]
    public async Task A_run_that_has_waited_for_calls_alone_since_it_was_stopped_names_them()
    {
        var gate = new Gate<int>();
        PipelineRun<int, int> run = Start(Build(async number =>
        {
            await gate.PassAsync(number);
            // Not in the synchronous part: there it cannot be seen that it is awaited.
            await Run.StopAsync();
            return number;
        }, workers: 7));
        await run.FeedAsync([1, 2, 3, 4, 5, 6, 7]);
        await gate.WhenArrivedAsync(7);
        gate.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Phase: RunPhase.Stopping, InProgress: 7 } && _time.PendingTimerCount == 1);

        Step(TimeSpan.FromSeconds(30));
        string warning = Warnings.ShouldHaveSingleItem();
        warning.ShouldStartWith($"Run {run.RunId}: it was stopped, and for 30 s or more it has waited only for running calls: A of item #0 in worker A-W0 for 00:00:30");
        warning.ShouldEndWith(", and 2 more. A task or callback that waits for the end of its own run never ends; call Stop() there instead");
        Step(TimeSpan.FromMinutes(5));
        Warnings.Count().ShouldBe(1, "it is said once");
        await _time.DriveAsync(run.DisposeAsync().AsTask().ContinueWith(static _ => true, TaskScheduler.Default));
    }

    [Test]
    public async Task A_run_that_ends_in_time_after_a_stop_names_nothing()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(Build(async number =>
        {
            await gate.PassAsync(number);
            return number;
        }));
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        run.Stop();
        Step(TimeSpan.FromSeconds(29));
        gate.OpenForAll();
        await run.Completion.InTime();
        Step(TimeSpan.FromMinutes(5));

        Warnings.ShouldBeEmpty();
    }

    private Pipeline<int, int> Build(Func<int, Task<int>> body, int workers = 1, int? capacity = null) =>
        PipelineBuilder.Stage("A", body, workers, s => s.QueueCapacity = capacity).WithTimeProvider(_time).WithLogging(Logging()).Build();

    private ILoggerFactory Logging() => LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log)));

    private PipelineRun<int, int> Start(Pipeline<int, int> pipeline, bool isFlowSuppressed = false)
    {
        var options = new RunOptions();
        if (!isFlowSuppressed)
            return _run = pipeline.Start(options);
        using (ExecutionContext.SuppressFlow())
            return _run = pipeline.Start(options);
    }

    // Each of their two calls has a timer.
    private Task WhenAllWorkersWaitAsync(PipelineRun<int, int> run) =>
        Waiting.UntilAsync(() => run.GetSnapshot() is { InProgress: 2, Queued: >= 2 } && _time.PendingTimerCount == 2);

    /// <summary>Lets time pass, with the timers that are due in it.</summary>
    private void Step(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
            _time.Advance(TimeSpan.FromSeconds(1));
    }
}
