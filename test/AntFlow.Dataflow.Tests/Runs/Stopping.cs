using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class Stopping
{
    private readonly Gate<string> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task AfterStage_running_ones_finish_and_end_at_the_next_door()
    {
        await using PipelineRun<int, int> run = StartTwoStages();
        await run.FeedAsync([1, 2, 3]);
        await _gate.WhenArrivedAsync(1);
        _gate.Open("A1");
        await _gate.WhenArrivedAsync(3);
        // Now 1 is running in B, 2 in A, and 3 waits.
        Task<PipelineReport<int>> stopping = run.StopAsync();
        stopping.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        PipelineReport<int> report = await stopping.InTime();

        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Canceled, ResultStatus.Canceled]);
        report.Results.Select(r => r.Stage).ShouldBe(["B", "B", "A"]);
        report.Results[1].StageInput.ShouldBe(20, "what it was when it came to that stage");
        _gate.Arrivals.ShouldNotContain("B20");
        report.Fault.ShouldBeNull();
    }

    [Test]
    public async Task AfterItem_items_past_their_first_start_go_on_to_the_end()
    {
        await using PipelineRun<int, int> run = StartTwoStages();
        await run.FeedAsync([1, 2, 3]);
        await _gate.WhenArrivedAsync(1);
        _gate.Open("A1");
        await _gate.WhenArrivedAsync(3);
        Task<PipelineReport<int>> stopping = run.StopAsync(mode: StopMode.AfterItem);
        _gate.OpenForAll();
        PipelineReport<int> report = await stopping.InTime();

        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Succeeded, ResultStatus.Canceled]);
        _gate.Arrivals.ShouldNotContain("A3");
    }

    [TestCase(StopMode.AfterStage)]
    [TestCase(StopMode.AfterItem)]
    public async Task Nothing_is_retried(StopMode mode)
    {
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext context) =>
        {
            if (x == 1)
                throw new TimeoutException("waits");
            await _gate.PassAsync($"{x}");
            throw x == 2 ? new TimeoutException("fails after the stop") : new HttpRequestException("throttled after the stop");
        }, 3, s =>
        {
            s.Retry = RetryPolicy.Fixed(5, TimeSpan.FromHours(1)) with { IsThrottle = e => e is HttpRequestException };
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        await _gate.WhenArrivedAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        Task<PipelineReport<int>> stopping = run.StopAsync(mode: mode);
        _gate.OpenForAll();
        PipelineReport<int> report = await stopping.InTime();

        report.Results.Select(r => r.Status).ShouldAllBe(status => status == ResultStatus.Canceled);
        report.Results.Select(r => r.Error!.InnerException!.Message).ShouldBe(["waits", "fails after the stop", "throttled after the stop"]);
        report.Results.Select(r => r.Attempts).ShouldBe([1, 1, 0]);
        (report.FailedCount, report.WasStopped).ShouldBe((0, true));
        Should.NotThrow(report.ThrowIfFailed);
    }

    [TestCase(StopMode.AfterStage)]
    [TestCase(StopMode.AfterItem)]
    public async Task One_whose_last_attempt_fails_meanwhile_is_Failed(StopMode mode)
    {
        int told = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext _) =>
        {
            await _gate.PassAsync($"{x}");
            throw x == 1 ? new TimeoutException("the last one") : new ArgumentException("not tried again");
        }, 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(1, TimeSpan.Zero) with { ShouldRetry = e => e is TimeoutException };
            s.OnFailure = (_, _) =>
            {
                Interlocked.Increment(ref told);
                return ValueTask.CompletedTask;
            };
        }).Build().Start();
        await run.FeedAsync([1, 2]);
        await _gate.WhenArrivedAsync(2);
        Task<PipelineReport<int>> stopping = run.StopAsync(mode: mode);
        _gate.OpenForAll();
        PipelineReport<int> report = await stopping.InTime();

        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Failed, ResultStatus.Failed]);
        told.ShouldBe(2);
    }

    [Test]
    public async Task StopAfterFailures_takes_no_attempts_of_others_away()
    {
        PipelineReport<int> report = await PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext _) =>
        {
            await _gate.PassAsync($"{x}");
            if (x == 1)
                throw new ArgumentException("a wrong key");
            await _gate.PassAsync("after the failure");
            throw new TimeoutException("an outage");
        }, 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromHours(1)) with { ShouldRetry = e => e is TimeoutException };
            s.OnFailure = (_, _) =>
            {
                // The others fail only once the run is being stopped.
                ThreadPool.QueueUserWorkItem(_ => _gate.OpenForAll());
                return ValueTask.CompletedTask;
            };
        }).WithTimeProvider(_time).Build().RunAsync(Opening(), new RunOptions { StopAfterFailures = 1 }).InTime();

        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Failed, ResultStatus.Canceled]);
        (report.WasStopped, report.Fault).ShouldBe((true, null));

        IEnumerable<int> Opening()
        {
            yield return 1;
            yield return 2;
            _gate.Open("1");
            _gate.Open("2");
        }
    }

    [TestCase(StopMode.AfterStage)]
    [TestCase(StopMode.AfterItem)]
    public async Task An_item_that_is_due_again_ends_Canceled_too(StopMode mode)
    {
        int calls = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => ++calls == 1 ? throw new TimeoutException("again") : x, 1,
            s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1))).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        run.Pause();
        await _time.StepAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Queued: 1, Retrying: 0 });
        run.Stop(mode: mode);
        run.Resume();
        PipelineResult<int> result = (await run.Completion.InTime()).Results.ShouldHaveSingleItem();

        (result.Status, calls).ShouldBe((ResultStatus.Canceled, 1));
        result.Error!.InnerException.ShouldBeOfType<TimeoutException>();
    }

    [Test]
    public async Task After_the_grace_period_running_ones_are_canceled()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await _gate.PassAsync($"{x}", ct);
            return x;
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        Task<PipelineReport<int>> stopping = run.StopAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29));
        stopping.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        PipelineReport<int> report = await stopping.InTime();

        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
    }

    [Test]
    public async Task Stop_has_a_grace_period_as_well_and_refuses_a_negative_one()
    {
        await using PipelineRun<int, int> run = StartTwoStages();
        await run.FeedAsync([1]);
        await _gate.WhenArrivedAsync(1);
        Should.Throw<ArgumentOutOfRangeException>(() => run.Stop(TimeSpan.FromSeconds(-1)));
        run.GetSnapshot().Phase.ShouldBe(RunPhase.Running);

        run.Stop(TimeSpan.FromSeconds(10));
        run.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(10));

        (await run.Completion.InTime()).WasCanceled.ShouldBeTrue();
    }

    [Test]
    public async Task The_token_ends_only_the_waiting()
    {
        using var source = new CancellationTokenSource();
        await using PipelineRun<int, int> run = StartTwoStages();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        Task<PipelineReport<int>> stopping = run.StopAsync(mode: StopMode.AfterItem, cancellationToken: source.Token);
        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await stopping);
        run.Completion.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_pause_does_not_hinder_it(bool ofRun)
    {
        await using PipelineRun<int, int> run = StartTwoStages();
        if (ofRun)
            run.Pause();
        else
            run.Pause("A");
        await run.FeedAsync([1, 2]);

        PipelineReport<int> report = await run.StopAsync().InTime();

        report.CanceledCount.ShouldBe(2);
    }

    [Test]
    public async Task A_pause_does_not_hinder_items_that_go_on_to_the_end()
    {
        await using PipelineRun<int, int> run = StartTwoStages();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        run.Pause();
        Task<PipelineReport<int>> stopping = run.StopAsync(mode: StopMode.AfterItem);
        _gate.OpenForAll();

        (await stopping.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task Stop_signals_and_returns_and_may_be_called_in_a_task()
    {
        PipelineRun<int, int>? self = null;
        await using PipelineRun<int, int> run = self = PipelineBuilder.Stage<int, int>("A", x =>
        {
            self!.Stop();
            return x;
        }).Build().Start(new RunOptions { RunId = "r" });
        run.Pause();
        await run.FeedAsync([1, 2, 3]);
        run.Resume();
        PipelineReport<int> report = await run.Completion.InTime();

        (report.SucceededCount, report.CanceledCount).ShouldBe((1, 2));
        run.RunId.ShouldBe("r");
    }

    [Test]
    public async Task All_ways_to_end_may_come_in_any_order_and_more_than_once()
    {
        foreach (string order in (string[])["csdcsd", "scdscd", "dcsdcs", "cdsscd", "sdc", "dsc", "ccssdd"])
        {
            var gate = new Gate<int>();
            PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            }).Build().Start();
            await run.FeedAsync([1, 2, 3]);
            await gate.WhenArrivedAsync(1);
            List<Task> ends = [];
            foreach (char how in order)
            {
                if (how == 'c')
                    run.Complete();
                else
                    ends.Add(how == 's' ? run.StopAsync() : run.DisposeAsync().AsTask());
            }

            await Task.WhenAll(ends).InTime();
            PipelineReport<int> report = await run.Completion.InTime();
            report.Results.Count.ShouldBe(3, order);
            (await run.StopAsync().InTime()).ShouldBeSameAs(report);
            await run.DisposeAsync();
            run.Complete();
            (await run.Completion).ShouldBeSameAs(report);
        }
    }

    [Test]
    public async Task An_idle_run_ends_at_once_whatever_the_way()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        PipelineRun<int, int> completed = pipeline.Start(), stopped = pipeline.Start(), disposed = pipeline.Start();
        completed.Complete();
        (await completed.Completion.InTime()).Results.ShouldBeEmpty();
        (await stopped.StopAsync().InTime()).Results.ShouldBeEmpty();
        await disposed.DisposeAsync().AsTask().InTime();
        (await disposed.Completion).Results.ShouldBeEmpty();
    }

    private PipelineRun<int, int> StartTwoStages() =>
        PipelineBuilder
            .Stage<int, int>("A", async (x, ct) =>
            {
                await _gate.PassAsync($"A{x}", ct);
                return x * 10;
            })
            .Then("B", async (x, ct) =>
            {
                await _gate.PassAsync($"B{x}", ct);
                return x;
            }).Build().Start();
}
