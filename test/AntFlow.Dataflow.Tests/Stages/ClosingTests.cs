using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The run closes while items wait: all are let go, and each has its result.</summary>
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
    public async Task Items_that_wait_for_a_permit_are_let_go([Values] Close close)
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("first", x => x).Task("second", async (x, ct) =>
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
        // Those of the run itself end just after its report is out.
        await Waiting.UntilAsync(() => _time.PendingTimerCount == 0);
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
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await CloseAsync(run, close).InTime();
        PipelineReport<int> report = await run.Completion.InTime();

        report.CanceledCount.ShouldBe(21);
        (await Should.ThrowAsync<PipelineClosedException>(feeding)).Accepted.ShouldBe(21);
    }

    internal static Task CloseAsync(PipelineRun<int, int> run, Close close)
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
