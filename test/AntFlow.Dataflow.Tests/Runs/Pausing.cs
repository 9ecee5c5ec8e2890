using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class Pausing
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task While_paused_running_ones_finish_and_are_handed_over_and_feeding_goes_on_to_capacity()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 1, s => s.QueueCapacity = 2).Then("B", x => x).Build().Start();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        run.Pause();
        _gate.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 1);
        run.TryFeedOne(2).ShouldBeTrue();
        run.TryFeedOne(3).ShouldBeTrue();
        run.TryFeedOne(4).ShouldBeFalse();
        PipelineSnapshot now = run.GetSnapshot();

        (now.Stages[0].Queued, now.InProgress, now.Stages[0].IsPaused, now.Stages[1].IsPaused).ShouldBe((2, 0, true, true));
        run.Resume();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task No_attempt_starts_retries_included()
    {
        int calls = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => ++calls == 1 ? throw new TimeoutException("again") : x, 1,
            s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1))).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        run.Pause();
        // The worker may still be setting the timer, to so long after the time it has looked at.
        await _time.WhenPendingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Queued: 1, Retrying: 0 });
        calls.ShouldBe(1);
        run.Resume();
        run.Complete();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(1);
        calls.ShouldBe(2);
    }

    [Test]
    public async Task Run_and_stage_have_separate_gates()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync).Then("B", x => x).Build().Start();
        _gate.OpenForAll();
        run.Pause("A");
        run.Pause();
        run.Resume();
        await run.FeedOneAsync(1);
        run.GetSnapshot().Stages.Select(s => s.IsPaused).ShouldBe([true, false]);
        run.GetSnapshot().Queued.ShouldBe(1);
        run.Pause();
        run.Resume("A");
        run.GetSnapshot().Stages.Select(s => s.IsPaused).ShouldBe([true, true]);
        run.GetSnapshot().Queued.ShouldBe(1);
        _gate.Arrivals.ShouldBeEmpty();
        run.Resume();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task Raising_the_workers_acts_before_it_returns()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 1, s => s.QueueCapacity = StageOptions.Unbounded).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await _gate.WhenArrivedAsync(1);
        run.SetWorkers("A", 4);
        run.GetSnapshot().Stages[0].Workers.ShouldBe(4);
        await _gate.WhenArrivedAsync(4);
        run.GetSnapshot().InProgress.ShouldBe(4);
        _gate.OpenForAll();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(10);
    }

    [Test]
    public async Task Lowering_acts_as_executions_end_and_the_number_only_falls()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 4, s => s.QueueCapacity = StageOptions.Unbounded).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await _gate.WhenArrivedAsync(4);
        run.SetWorkers("A", 2);
        (run.GetSnapshot().InProgress, run.GetSnapshot().Stages[0].Workers).ShouldBe((4, 2));
        _gate.Open(0);
        _gate.Open(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        run.GetSnapshot().InProgress.ShouldBe(2);
        _gate.Arrivals.Count.ShouldBe(4);
        _gate.Open(2);
        await _gate.WhenArrivedAsync(5);
        run.GetSnapshot().InProgress.ShouldBe(2);
        _gate.OpenForAll();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(10);
        _gate.MaxInsideCount.ShouldBe(4);
    }

    private async Task<int> BodyAsync(int x, CancellationToken ct)
    {
        await _gate.PassAsync(x, ct);
        return x;
    }
}
