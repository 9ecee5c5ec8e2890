using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

public sealed class SnapshotFieldsTests
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_run_says_what_it_is_called_when_it_began_and_how_far_it_is()
    {
        DateTimeOffset start = _time.GetUtcNow();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => BodyAsync(x, default)).WithTimeProvider(_time).Build().Start(new RunOptions { RunId = "nightly" });
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        _time.Advance(TimeSpan.FromSeconds(7));
        PipelineSnapshot now = run.GetSnapshot();
        (now.RunId, now.StartedAt, now.Timestamp, now.Elapsed).ShouldBe(("nightly", start, start.AddSeconds(7), TimeSpan.FromSeconds(7)));
        (now.Phase, now.IsInputOpen, now.IsPaused).ShouldBe((RunPhase.Running, true, false));

        run.Complete();
        (run.GetSnapshot().Phase, run.GetSnapshot().IsInputOpen).ShouldBe((RunPhase.Running, false));
        run.Stop();
        run.GetSnapshot().Phase.ShouldBe(RunPhase.Stopping);
        _ = run.StopAsync(TimeSpan.Zero);
        run.GetSnapshot().Phase.ShouldBe(RunPhase.Canceling);
        _gate.OpenForAll();
        PipelineReport<int> report = await run.Completion.InTime();
        (report.Snapshot.Phase, report.Snapshot.IsInputOpen).ShouldBe((RunPhase.Ended, false));
    }

    [Test]
    public async Task Snapshots_of_a_run_have_the_shape_of_its_pipeline()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x).Build().Start();
        PipelineSnapshot now = run.GetSnapshot();

        now.GetShape().Count.ShouldBe(2);
        // The shape of a copy has to fit its stages.
        (now with { Stages = [now.Stages[0]] }).GetShape().Count.ShouldBe(1);
    }

    [Test]
    public async Task Workers_that_were_taken_away_keep_their_share_of_the_busy_time()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 3).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync([0, 1, 2]);
        await _gate.WhenArrivedAsync(3);
        _time.Advance(TimeSpan.FromSeconds(10));
        foreach (int item in new[] { 0, 1, 2 })
            _gate.Open(item);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);
        run.SetWorkers("A", 1);

        await Waiting.UntilAsync(() => run.GetSnapshot().Workers.Count == 1);
        PipelineSnapshot now = run.GetSnapshot();
        now.Stages[0].RemovedBusyTime.ShouldBe(TimeSpan.FromSeconds(20));
        BusySeconds.ByStage(now)["A"].ShouldBe(30);
        StageWork.Of(now)[0].Busy.ShouldBe(30);
        run.SetWorkers("A", 3);
        BusySeconds.ByStage(run.GetSnapshot())["A"].ShouldBe(30);
    }

    [Test]
    public async Task A_feed_call_that_has_not_ended_keeps_the_input_open()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 1, s => s.QueueCapacity = 1).Build().Start();
        await run.FeedOneAsync(0);
        await _gate.WhenArrivedAsync(1);
        Task<long> feeding = run.FeedAsync(Enumerable.Range(1, 9));
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 3);
        run.Complete();
        run.GetSnapshot().IsInputOpen.ShouldBeTrue();
        _gate.OpenForAll();
        (await feeding.CatchAsync<PipelineClosedException>()).Accepted.ShouldBe(2);

        run.GetSnapshot().IsInputOpen.ShouldBeFalse();
        await run.Completion.InTime();
    }

    [Test]
    public async Task A_run_is_paused_as_a_whole_or_not()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x).Build().Start();
        run.Pause("A");
        run.Pause("B");
        run.GetSnapshot().IsPaused.ShouldBeFalse();
        run.Pause();
        run.GetSnapshot().IsPaused.ShouldBeTrue();
        run.Resume("A");
        run.GetSnapshot().IsPaused.ShouldBeTrue();
        run.Resume();

        (run.GetSnapshot().IsPaused, run.GetSnapshot().Stages[0].IsPaused, run.GetSnapshot().Stages[1].IsPaused).ShouldBe((false, false, true));
    }

    [Test]
    public void A_stage_says_how_long_its_queue_may_get()
    {
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 3)
            .Then("B", (int x) => x, 1, s => s.QueueCapacity = 7)
            .Then("C", (int x) => x, 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Build().Start();

        run.GetSnapshot().Stages.Select(stage => stage.QueueCapacity).ShouldBe([30, 7, null]);
    }

    [Test]
    public async Task Times_are_those_in_the_tasks_of_the_calls_that_succeeded()
    {
        int calls = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (int x) =>
        {
            bool fails = ++calls == 1;
            await Task.Delay(TimeSpan.FromSeconds(fails ? 50 : 2), _time);
            return fails ? throw new TimeoutException("first") : x;
        }).Task("two", async (int x) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(x), _time);
            return x;
        }), 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(100));
            s.SkipIf = x => x == 9;
        }).WithTimeProvider(_time).Build().Start();
        run.GetSnapshot().Stages[0].AverageTime.ShouldBeNull();
        run.GetSnapshot().Stages[0].P95Time.ShouldBeNull();
        await run.FeedAsync([1, 3, 9]);
        run.Complete();
        StageSnapshot stage = (await _time.DriveAsync(run.Completion)).Snapshot.Stages[0];

        (stage.Completed, stage.Skipped).ShouldBe((2, 1));
        stage.AverageTime.ShouldBe(TimeSpan.FromSeconds(4), "2 + 1 and 2 + 3 seconds");
        stage.P95Time.ShouldNotBeNull().TotalSeconds.ShouldBe(5, 0.75);
    }

    [Test]
    public async Task A_pass_that_begins_anew_counts_from_its_begin()
    {
        int calls = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (int x) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2), _time);
            return x;
        }).Task("two", (int x) => ++calls == 1 ? throw new TimeoutException("first") : x), 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(100));
            s.RetryScope = RetryScope.Stage;
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        run.Complete();

        (await _time.DriveAsync(run.Completion)).Snapshot.Stages[0].AverageTime.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Test]
    public async Task The_next_attempts_are_the_first_five_that_are_due()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", (int x) => x == 3 ? throw new HttpRequestException("later") : throw new TimeoutException($"no {x}"), 8, s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)) with
            {
                DelayFor = (error, _) => TimeSpan.FromSeconds(error is HttpRequestException ? 30 : 100 - int.Parse(error.Message[3..], System.Globalization.CultureInfo.InvariantCulture)),
                IsThrottle = error => error is HttpRequestException,
            };
        }).WithTimeProvider(_time).Build().Start();
        run.GetSnapshot().Stages[0].NextAttemptAt.ShouldBeNull();
        await run.FeedAsync(Enumerable.Range(1, 7).Select(x => new WorkItem<int>(x) { Id = x }));
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 7);
        StageSnapshot stage = run.GetSnapshot().Stages[0];

        (stage.Retrying, stage.Throttled, stage.NextAttemptAt).ShouldBe((7, 1, _time.GetUtcNow().AddSeconds(30)));
        stage.NextAttempts.Select(waiting => waiting.ItemId).ShouldBe([3, 7, 6, 5, 4]);
        stage.NextAttempts.Select(waiting => waiting.Attempt).ShouldBe([1, 2, 2, 2, 2]);
        stage.NextAttempts.Select(waiting => waiting.IsThrottled).ShouldBe([true, false, false, false, false]);
        stage.NextAttempts.Select(waiting => waiting.DueAt).ShouldBe(new[] { 30, 93, 94, 95, 96 }.Select(seconds => _time.GetUtcNow().AddSeconds(seconds)));
        stage.NextAttempts[1].Error.ShouldBeOfType<TimeoutException>().Message.ShouldBe("no 7");
    }

    [Test]
    public async Task Limits_say_how_many_run_and_how_many_wait()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .StageWithTasks<int, int>("A", t => t.Task("free", (int x) => x).Task("send", async (int x) => await BodyAsync(x, default), maxConcurrency: 2), 5).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 5));
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 3);
        TaskLimitSnapshot limit = run.GetSnapshot().Stages[0].Limits.ShouldHaveSingleItem();

        (limit.Task, limit.MaxConcurrency, limit.InUse, limit.Waiting).ShouldBe(("send", 2, 2, 3));
        _gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).Snapshot.Stages[0].Limits[0].Waiting.ShouldBe(0);
    }

    private async Task<int> BodyAsync(int x, CancellationToken ct)
    {
        await _gate.PassAsync(x, ct);
        return x;
    }
}
