using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The run closes at the very instant between two steps of an item: each step asks again.</summary>
public sealed class ClosingTests
{
    private readonly SteppedTime _time = new();

    public enum Close
    {
        Stop,
        StopAfterItem,
        Cancel,
    }

    [Test]
    public async Task An_item_accepted_while_the_run_closes_is_Queued_and_then_Canceled([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync("A: item #2 Queued", close, retry: false, out StatusTracker tracker);

        report.Results[2].Status.ShouldBe(ResultStatus.Canceled);
        tracker.GetHistory(report.Results[2].ItemId).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.Canceled]);
    }

    [Test]
    public async Task An_item_whose_next_attempt_was_decided_on_before_the_run_closed_is_not_put_away([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync("A: item #0 Retrying", close, retry: true, out StatusTracker tracker);

        report.Results[0].Status.ShouldBe(ResultStatus.Canceled);
        report.Results[0].Error.ShouldBeOfType<OperationCanceledException>().InnerException.ShouldBeOfType<TimeoutException>();
        report.Snapshot.Retrying.ShouldBe(0);
        _time.PendingTimers.ShouldBe(0);
    }

    [Test]
    public async Task An_item_on_its_way_to_the_next_stage_while_the_run_closes_ends_at_its_door_if_it_may_not_go_on([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync("B: item #0 Queued", close, retry: false, out _);

        report.Results[0].Status.ShouldBe(close == Close.StopAfterItem ? ResultStatus.Succeeded : ResultStatus.Canceled);
        report.Results[0].Stage.ShouldBe("B");
    }

    [Test]
    public async Task An_item_between_two_tasks_while_the_run_closes_has_started_and_ends_there_only_if_it_is_canceled([Values] Close close, [Values] bool is_limited)
    {
        var logs = new HookLogs();
        int hits = 0;
        int calls = 0;
        PipelineRun<int, int>? run = null;
        Task? closing = null;
        logs.OnLine = line =>
        {
            if (line.StartsWith("A: task one Complete", StringComparison.Ordinal) && Interlocked.Increment(ref hits) == 1)
                closing = CloseAsync(run!, close);
        };
        run = PipelineBuilder.Stage<int, int>("A", t => t.Task("one", x => x).Task("two", x =>
        {
            calls++;
            return x;
        }, maxConcurrency: is_limited ? 1 : null)).WithLogging(logs).Build().Start();
        await run.FeedOneAsync(1);
        PipelineReport<int> report = await run.Completion.InTime();
        await closing!.InTime();

        calls.ShouldBe(close == Close.Cancel ? 0 : 1);
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(close == Close.Cancel ? ResultStatus.Canceled : ResultStatus.Succeeded);
    }

    [Test]
    public async Task Items_that_wait_for_a_permit_are_let_go([Values] Close close)
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", t => t.Task("first", x => x).Task("second", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 5).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 9));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Limited: 4, Queued: 4 });
        Task closing = CloseAsync(run, close);
        gate.OpenForAll();
        await closing.InTime();
        PipelineReport<int> report = await run.Completion.InTime();

        // Those that wait for a permit have started in the stage: stopping lets them end.
        report.CanceledCount.ShouldBeInRange(close == Close.Cancel ? 8 : 4, close == Close.Cancel ? 9 : 4);
        report.Results.Count.ShouldBe(9);
    }

    [Test]
    public async Task Items_that_wait_for_their_next_attempt_end_and_their_timer_does_no_harm([Values] Close close)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", int (int x) => throw new TimeoutException(), workers: 4, s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromMinutes(1));
            s.MaxInFlight = 100;
        }).WithTimeProvider(_time).Build();
        PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 40));
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 40);
        await _time.WhenPendingAsync(1);
        Task stepping = Task.Run(_time.StepToNextTimer);
        await CloseAsync(run, close).InTime();
        await stepping;
        PipelineReport<int> report = await run.Completion.InTime();

        report.Results.Count.ShouldBe(40);
        report.Snapshot.Retrying.ShouldBe(0);
        _time.Advance(TimeSpan.FromHours(1));
        _time.PendingTimers.ShouldBe(0);
        run.GetSnapshot().Stages[0].Attempts.ShouldBe(report.Snapshot.Stages[0].Attempts);
    }

    [Test]
    public async Task An_item_that_was_to_be_tried_again_gives_its_place_to_those_that_go_on([Values] bool is_due)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 1)
            .Then("B", x => x == 1 ? throw new TimeoutException() : x, workers: 1, s =>
            {
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
                s.MaxInFlight = 1;
            })
            .WithTimeProvider(_time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1] is { Retrying: 1, Queued: 1 });
        await _time.WhenPendingAsync(1);
        run.Pause("B");
        if (is_due)
        {
            _time.StepToNextTimer();
            run.GetSnapshot().Stages[1].Queued.ShouldBe(2, "both wait in the front, and item 1 holds the only place");
        }

        PipelineReport<int> report = await run.StopAsync(mode: StopMode.AfterItem).InTime();
        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Succeeded]);
    }

    [Test]
    public async Task A_pause_hinders_no_closing([Values] Close close)
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build().Start();
        run.Pause();
        Task<int> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await CloseAsync(run, close).InTime();
        PipelineReport<int> report = await run.Completion.InTime();

        report.CanceledCount.ShouldBe(21);
        (await Should.ThrowAsync<PipelineClosedException>(feeding)).Accepted.ShouldBe(21);
    }

    private Task<PipelineReport<int>> RunAsync(string at, Close close, bool retry, out StatusTracker tracker)
    {
        tracker = new StatusTracker();
        var logs = new HookLogs();
        PipelineRun<int, int>? run = null;
        int hits = 0;
        logs.OnLine = line =>
        {
            if (line.StartsWith(at, StringComparison.Ordinal) && Interlocked.Increment(ref hits) == 1)
                _ = CloseAsync(run!, close);
        };
        run = PipelineBuilder
            .Stage<int, int>("A", x => retry && x == 0 ? throw new TimeoutException() : x, workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)))
            .Then("B", x => x)
            .WithTimeProvider(_time).WithTracker(tracker).WithLogging(logs).Build().Start();
        return FeedAsync();

        async Task<PipelineReport<int>> FeedAsync()
        {
            try
            {
                await run.FeedAsync([0, 1, 2]);
            }
            catch (PipelineClosedException)
            {
                // Just what is to happen.
            }

            run.Complete();
            PipelineReport<int> report = await run.Completion.InTime();
            hits.ShouldBe(1);
            report.Fault.ShouldBeNull();
            (report.SucceededCount + report.CanceledCount).ShouldBe(report.Snapshot.Fed);
            return report;
        }
    }

    private static Task CloseAsync(PipelineRun<int, int> run, Close close)
    {
        switch (close)
        {
            case Close.Stop:
                return run.StopAsync();
            case Close.StopAfterItem:
                return run.StopAsync(mode: StopMode.AfterItem);
            default:
                return run.DisposeAsync().AsTask();
        }
    }
}
