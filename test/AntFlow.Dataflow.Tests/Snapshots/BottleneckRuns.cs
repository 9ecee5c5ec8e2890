using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>Real runs in which what is blocking was built on purpose.</summary>
public sealed class BottleneckRuns
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [TearDown]
    public void LetEverybodyGo() => _gate.OpenForAll();

    [Test]
    public async Task A_stage_that_does_not_come_after_is_found_two_stages_further()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => x, 2, s => s.QueueCapacity = 2)
            .Then("B", (int x) => x, 2, s => s.QueueCapacity = 2)
            .Then("C", BodyAsync, 1, s => s.QueueCapacity = 2)
            .Build().Start();
        _ = run.FeedAsync(Enumerable.Range(0, 30));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages is [{ BlockedWorkers: 2 }, { BlockedWorkers: 2 }, _]);

        ShouldBe(run, BottleneckKind.Downstream, "C", "C holds B back: the only worker of C is busy, and 2 of 2 workers of B wait for room there.");
    }

    [Test]
    public async Task A_stage_whose_workers_are_all_busy()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync, 2, s => s.QueueCapacity = StageOptions.Unbounded).Then("B", x => x).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await _gate.WhenArrivedAsync(2);

        ShouldBe(run, BottleneckKind.Workers, "A", "All 2 workers of A are busy, and 8 items wait for them.");
        run.SetWorkers("A", 10);
        await _gate.WhenArrivedAsync(10);
        run.Complete();
        ShouldBe(run, BottleneckKind.Workers, "A", "Only 10 items are left, all being processed by workers of A.");
    }

    [Test]
    public async Task A_limit_of_a_task()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("send", (int x, CancellationToken ct) => BodyAsync(x, ct), maxConcurrency: 1), 3).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 2);

        ShouldBe(run, BottleneckKind.TaskLimit, "A", "2 items of A wait for a permit of send, which at most 1 may run at once.");
    }

    [Test]
    public async Task Items_between_two_attempts_that_hold_all_places()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("Check", (int x) => x < 3 ? throw new TimeoutException("busy") : x, 3, s =>
            {
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(11));
                s.MaxInFlight = 3;
            })
            .WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 3);

        ShouldBe(run, BottleneckKind.Backoff, "Check", "3 items of Check wait for their next attempt, the first at 00:00:11; no other one starts, because 3 may be under way: set StageOptions.MaxInFlight above that to let more start.");
    }

    [Test]
    public async Task Items_that_were_throttled()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("Check", (int x) => x == 0 ? throw new TimeoutException("429") : x, 3, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5)) with { IsThrottle = _ => true })
            .WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 1, Succeeded: 9 });

        ShouldBe(run, BottleneckKind.Throttled, "Check", "1 item of Check was throttled and waits for its next call, at 00:00:05.");
    }

    [Test]
    public async Task A_feeder_whose_source_lets_it_wait()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 4).Build().Start();
        Task<long> feeding = run.FeedAsync(SlowlyAsync());
        await _gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);

        ShouldBe(run, BottleneckKind.Feeder, null, "The feeder is too slow: A has 4 of 4 workers free and no item waiting.");
        _gate.OpenForAll();
        await feeding.InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        ShouldBe(run, BottleneckKind.Nothing, null, "Nothing to do: every item that was fed has ended.");
    }

    [Test]
    public async Task A_reader_that_does_not_go_on()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2).Build().Start(new RunOptions { ResultCapacity = 1 });
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        ValueTask<bool> first = reader.MoveNextAsync();
        _ = run.FeedAsync(Enumerable.Range(0, 100));
        (await first).ShouldBeTrue();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 2);

        ShouldBe(run, BottleneckKind.Reader, null, "The results are read too slowly: 2 of 2 workers of A wait for their reader.");
    }

    [Test]
    public async Task A_reader_in_input_order_that_does_not_go_on()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2).Build()
            .Start(new RunOptions { ResultCapacity = 3, OrderResults = true, CollectResults = false });
        _ = run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);

        ShouldBe(run, BottleneckKind.Reader, null, "The results are read too slowly: nothing more is fed until their reader continues.");
    }

    [Test]
    public async Task A_tracker_whose_callback_does_not_end()
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { CallbackCapacity = 1 }) { OnStatusChange = async (_, ct) => await _gate.PassAsync(0, ct) };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2).WithTracker(tracker).Build().Start();
        _ = run.FeedAsync(Enumerable.Range(0, 100));
        await _gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().IsObserverBehind);

        ShouldBe(run, BottleneckKind.Observer, null, "An observer of the run, such as the callbacks of a tracker, is too slow: workers and feeders wait for it.");
    }

    [Test]
    public async Task A_pause_a_stop_and_the_end()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", BodyAsync).Then("B", x => x).Build().Start();
        ShouldBe(run, BottleneckKind.Nothing, null, "Nothing to do: no item has been fed yet.");
        await run.FeedAsync([1, 2]);
        await _gate.WhenArrivedAsync(1);
        run.Pause();
        ShouldBe(run, BottleneckKind.Paused, null, "The run is paused; 1 item is still being processed by workers.");
        run.Resume();
        run.Pause("A");
        ShouldBe(run, BottleneckKind.Paused, "A", "A is paused, and 1 item waits there.");
        run.Stop();
        ShouldBe(run, BottleneckKind.Stopping, null, "The run is being stopped: 1 item has not ended yet.");
        _gate.OpenForAll();
        await run.Completion.InTime();
        ShouldBe(run, BottleneckKind.Finished, null, "The run has ended: 0 succeeded, 0 failed, 2 canceled.");
    }

    [Test]
    public async Task The_stage_with_the_least_to_give_is_found_from_two_looks_at_a_run()
    {
        // B lets 2 items through in a second, A 4, C 10.
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", (int x, CancellationToken ct) => SleepAsync(x, 1, ct), 4)
            .Then("B", (int x, CancellationToken ct) => SleepAsync(x, 0.5, ct), 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("C", (int x, CancellationToken ct) => SleepAsync(x, 0.1, ct), 1)
            .WithTimeProvider(_time).Build().Start();
        _ = run.FeedAsync(Enumerable.Range(0, 200));
        PipelineSnapshot before = await _time.SettleAsync(run);
        List<string?> found = [];
        for (int i = 0; i < 40; i++)
        {
            _time.StepToNextTimer();
            PipelineSnapshot now = await _time.SettleAsync(run);
            found.Add(Bottleneck.Find(now, before).Stage);
            before = now;
        }

        found.Skip(20).ShouldAllBe(stage => stage == "B");
    }

    private static void ShouldBe(PipelineRun<int, int> run, BottleneckKind kind, string? stage, string sentence)
    {
        var found = Bottleneck.Find(run.GetSnapshot());

        found.Sentence.ShouldBe(sentence);
        (found.Kind, found.Stage).ShouldBe((kind, stage));
    }

    private async IAsyncEnumerable<int> SlowlyAsync()
    {
        yield return 1;
        await _gate.PassAsync(1);
        yield return 2;
    }

    private async Task<int> BodyAsync(int x, CancellationToken ct)
    {
        await _gate.PassAsync(x, ct);
        return x;
    }

    private async Task<int> SleepAsync(int x, double seconds, CancellationToken ct)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), _time, ct);
        return x;
    }
}
