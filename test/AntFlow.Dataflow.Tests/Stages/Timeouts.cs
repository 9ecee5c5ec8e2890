using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Timeouts
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task An_attempt_past_its_time_keeps_worker_and_place_and_counts_as_Overdue_until_its_body_ends()
    {
        var gate = new Gate<int>();
        bool wasCanceled = false;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            using CancellationTokenRegistration registration = ct.Register(() => wasCanceled = true);
            await gate.PassAsync(x, CancellationToken.None);
            return x;
        }, workers: 1, s => s.AttemptTimeout = TimeSpan.FromSeconds(5)).WithTimeProvider(_time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([1, 2]);
        await gate.WhenArrivedAsync(1);
        run.GetSnapshot().Overdue.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(6));
        await Waiting.UntilAsync(() => run.GetSnapshot().Overdue == 1 && Volatile.Read(ref wasCanceled));
        PipelineSnapshot now = run.GetSnapshot();

        (now.InProgress, now.Overdue, now.Queued, now.Stages[0].Overdue).ShouldBe((1, 1, 1, 1));
        now.Workers[0].IsBusy.ShouldBeTrue();
        gate.Arrivals.ShouldBe([1], "no second item, and no second attempt");
        gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.SucceededCount.ShouldBe(2, "late values are successes");
        report.Snapshot.Overdue.ShouldBe(0);
    }

    [Test]
    public async Task Each_task_attempt_has_its_own_time()
    {
        PipelineReport<int> report = await TwoTasksOfThreeSecondsAsync(RetryScope.Task);

        report.SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task With_the_stage_scope_the_whole_pass_has_the_time()
    {
        PipelineReport<int> report = await TwoTasksOfThreeSecondsAsync(RetryScope.Stage);

        AttemptTimeoutException error = report.Results[0].Error.ShouldBeOfType<AttemptTimeoutException>();
        error.Task.ShouldBe("two");
        report.Results[0].Elapsed.TotalSeconds.ShouldBe(5, 0.01);
    }

    [Test]
    public async Task The_item_timeout_is_over_all_attempts_and_ends_retrying()
    {
        int calls = 0;
        Task<PipelineReport<int>> running = PipelineBuilder.Stage<int, int>("A", async (int x, CancellationToken ct) =>
        {
            calls++;
            await Task.Delay(TimeSpan.FromSeconds(4), _time, ct);
            return calls < 100 ? throw new TimeoutException("again") : x;
        }, 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(100, TimeSpan.FromSeconds(1));
            s.ItemTimeout = TimeSpan.FromSeconds(12);
        }).WithTimeProvider(_time).RunAsync([1]);
        foreach (int seconds in (int[])[4, 1, 4, 1, 2])
            await _time.StepAsync(seconds);
        PipelineReport<int> report = await running.InTime();

        calls.ShouldBe(3);
        report.Results[0].Status.ShouldBe(ResultStatus.Failed);
        report.Results[0].Error.ShouldBeOfType<AttemptTimeoutException>().IsItemTimeout.ShouldBeTrue();
        report.Results[0].Elapsed.TotalSeconds.ShouldBe(12, 0.01);
    }

    [TestCase(RetryScope.Task)]
    [TestCase(RetryScope.Stage)]
    public async Task The_attempt_and_its_time_begin_after_the_permit(RetryScope scope)
    {
        Task<PipelineReport<int>> running = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (int x, CancellationToken ct) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(4), _time, ct);
            return x;
        }, maxConcurrency: 1), workers: 3, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(5);
            s.RetryScope = scope;
        }).WithTimeProvider(_time).RunAsync([1, 2, 3]);
        for (int i = 0; i < 3; i++)
            await _time.StepAsync(4);
        PipelineReport<int> report = await running.InTime();

        report.SucceededCount.ShouldBe(3, "the last one waited 8 seconds for its permit");
    }

    [Test]
    public async Task With_the_stage_scope_the_clock_runs_on_while_the_item_waits_for_a_later_permit()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("free", x => x).Task("limited", async x =>
        {
            await gate.PassAsync(x);
            return x;
        }, maxConcurrency: 1), workers: 2, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(5);
            s.RetryScope = RetryScope.Stage;
            s.Retry = RetryPolicy.None;
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        await run.FeedOneAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);
        _time.Advance(TimeSpan.FromSeconds(6));
        PipelineSnapshot now = run.GetSnapshot();
        run.Complete();
        gate.Open(1);
        PipelineReport<int> report = await run.Completion.InTime();

        (now.Limited, now.InProgress, now.Overdue).ShouldBe((1, 1, 1), "nothing of it runs that could be cut short: it fails when its turn comes");
        report.Results[0].IsSuccess.ShouldBeTrue();
        AttemptTimeoutException error = report.Results[1].Error.ShouldBeOfType<AttemptTimeoutException>();
        (error.Task, error.IsItemTimeout, error.InnerException).ShouldBe(("limited", false, null));
        report.Results[1].Attempts.ShouldBe(1);
        gate.Arrivals.ShouldBe([1], "its time was over, so the task was not called");
    }

    [Test]
    public async Task A_canceled_run_gives_up_on_a_body_that_ignores_its_token_after_AbandonAfter()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, CancellationToken.None);
            return x;
        }).WithTimeProvider(_time).Build();
        PipelineRun<int, int> run = pipeline.Start(new RunOptions { AbandonAfter = TimeSpan.FromSeconds(20) });
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        Task disposing = run.DisposeAsync().AsTask();
        await _time.WhenPendingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(19));
        run.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1.1));
        await disposing.InTime();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Results[0].Status.ShouldBe(ResultStatus.Canceled);
        report.Results[0].WasAbandoned.ShouldBeTrue();
        report.Results[0].Error.ShouldBeAssignableTo<OperationCanceledException>();
        gate.OpenForAll();
    }

    private async Task<PipelineReport<int>> TwoTasksOfThreeSecondsAsync(RetryScope scope)
    {
        async Task<int> WorkAsync(int x, CancellationToken ct)
        {
            await Task.Delay(TimeSpan.FromSeconds(3), _time, ct);
            return x;
        }

        Task<PipelineReport<int>> running = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", WorkAsync).Task("two", WorkAsync), 1, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(5);
            s.RetryScope = scope;
            s.Retry = RetryPolicy.None;
        }).WithTimeProvider(_time).RunAsync([1]);
        await _time.StepAsync(3);
        await _time.StepAsync(scope == RetryScope.Task ? 3 : 2);
        return await running.InTime();
    }
}
