#if ANTFLOW_FAULTS
using NUnit.Framework;
using Shouldly;
using Close = AntFlow.Dataflow.Tests.Stages.ClosingTests.Close;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The run closes at the very instant between two steps of an item: each step asks again.</summary>
[Category("Faults")]
public sealed class ClosingBetweenStepsTests
{
    private readonly SteppedTime _time = new();
    private readonly StatusTracker _tracker = new();
    private readonly Probe _probe = new();

    [Test]
    public async Task An_item_accepted_while_the_run_closes_is_Queued_and_then_Canceled([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync(ProbePoint.Queued("A", 2), close, retry: false);

        report.Results[2].Status.ShouldBe(ResultStatus.Canceled);
        _tracker.GetHistory(report.Results[2].ItemId).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.Canceled]);
    }

    [Test]
    public async Task An_item_whose_next_attempt_was_decided_on_before_the_run_closed_is_not_put_away([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync(ProbePoint.Retrying("A", 0), close, retry: true);

        report.Results[0].Status.ShouldBe(ResultStatus.Canceled);
        report.Results[0].Error.ShouldBeOfType<OperationCanceledException>().InnerException.ShouldBeOfType<TimeoutException>();
        report.Snapshot.Retrying.ShouldBe(0);
        // Those of the run itself end just after its report is out.
        await Waiting.UntilAsync(() => _time.PendingTimerCount == 0);
    }

    [Test]
    public async Task An_item_on_its_way_to_the_next_stage_while_the_run_closes_ends_at_its_door_if_it_may_not_go_on([Values] Close close)
    {
        PipelineReport<int> report = await RunAsync(ProbePoint.Queued("B", 0), close, retry: false);

        report.Results[0].Status.ShouldBe(close == Close.StopAfterItem ? ResultStatus.Succeeded : ResultStatus.Canceled);
        report.Results[0].Stage.ShouldBe("B");
    }

    [Test]
    public async Task An_item_between_two_tasks_while_the_run_closes_has_started_and_ends_there_only_if_it_is_canceled([Values] Close close, [Values] bool is_limited)
    {
        int calls = 0;
        Task? closing = null;
        PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", x => x).Task("two", x =>
        {
            calls++;
            return x;
        }, maxConcurrency: is_limited ? 1 : null)).IdentifyBy(x => x).WithTracker(_tracker).Build().Start();
        run.Core.Probe = _probe;
        _probe.Once(ProbePoint.TaskCompleted("A", "one", 1), () => closing = ClosingTests.CloseAsync(run, close));
        await run.FeedOneAsync(1);
        PipelineReport<int> report = await run.Completion.InTime();
        await closing!.InTime();

        calls.ShouldBe(close == Close.Cancel ? 0 : 1);
        report.Fault.ShouldBeNull();
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(close == Close.Cancel ? ResultStatus.Canceled : ResultStatus.Succeeded);
    }

    private async Task<PipelineReport<int>> RunAsync(ProbePoint at, Close close, bool retry)
    {
        PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => retry && x == 0 ? throw new TimeoutException() : x, workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)))
            .Then("B", x => x)
            .IdentifyBy(x => x).WithTimeProvider(_time).WithTracker(_tracker).Build().Start();
        run.Core.Probe = _probe;
        Task? closing = null;
        _probe.Once(at, () => closing = ClosingTests.CloseAsync(run, close));
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
        await closing!.InTime();
        report.Fault.ShouldBeNull();
        (report.SucceededCount + report.CanceledCount).ShouldBe(report.Snapshot.Fed);
        return report;
    }
}
#endif
