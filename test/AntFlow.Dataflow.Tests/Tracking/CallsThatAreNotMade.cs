using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

/// <summary>When the time is over before a task can be called, it is not called, and neither its beginning nor its end is reported; the item is reported as usual.</summary>
public sealed class CallsThatAreNotMade
{
    private readonly SteppedTime _time = new();
    private readonly Gate<int> _gate = new();
    private readonly List<string> _told = [];

    [Test]
    public async Task An_item_whose_time_runs_out_while_it_waits_for_a_permit_begins_no_call([Values] RetryScope scope)
    {
        await RunWithLimitAsync(s =>
        {
            s.RetryScope = scope;
            s.ItemTimeout = TimeSpan.FromSeconds(5);
        });

        Of(2).ShouldBe(["Queued", "InProgress", "Start free.1", "Complete free.1", "Failed AttemptTimeoutException"]);
    }

    [Test]
    public async Task A_pass_whose_time_runs_out_while_it_waits_for_a_permit_begins_no_call_and_is_retried()
    {
        await RunWithLimitAsync(s =>
        {
            s.RetryScope = RetryScope.Stage;
            s.AttemptTimeout = TimeSpan.FromSeconds(5);
        });

        Of(2).ShouldBe(
        [
            "Queued", "InProgress", "Start free.1", "Complete free.1", "Retrying AttemptTimeoutException",
            "InProgress", "Start free.2", "Complete free.2", "Start limited.2", "Complete limited.2", "Completed",
        ]);
    }

    [Test]
    public async Task An_item_whose_time_runs_out_while_its_next_attempt_is_held_up_by_a_pause_begins_no_attempt()
    {
        PipelineReport<int> report;
        int calls = 0;
        await using (PipelineRun<int, int> run = Watch(PipelineBuilder.Stage<int, int>("A", (int _) => ++calls == 1 ? throw new TimeoutException() : 1, 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            s.ItemTimeout = TimeSpan.FromSeconds(5);
        })).Start())
        {
            await run.FeedOneAsync(2);
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1 && _time.PendingTimerCount == 1);
            run.Pause();
            _time.Advance(TimeSpan.FromSeconds(6));
            run.Resume();
            run.Complete();
            report = await run.Completion.InTime();
        }

        calls.ShouldBe(1);
        Of(2).ShouldBe(["Queued", "InProgress", "Start A.1", "Retry A.1", "Retrying TimeoutException", "Failed AttemptTimeoutException"]);
        report.Results[0].Attempts.ShouldBe(1);
        report.Snapshot.Stages[0].Attempts.ShouldBe(1);
        report.Snapshot.Workers[0].BusyTime.ShouldBe(TimeSpan.Zero);
    }

    /// <summary>Item 1 has the one permit for six seconds, and item 2 waits for it.</summary>
    private async Task RunWithLimitAsync(Action<StageOptions<int, int>> configure)
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("free", x => x).Task("limited", async x =>
        {
            await _gate.PassAsync(x);
            return x;
        }, maxConcurrency: 1), workers: 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            configure(s);
        });
        await using PipelineRun<int, int> run = Watch(builder).Start();
        await run.FeedOneAsync(1);
        await _gate.WhenArrivedAsync(1);
        await run.FeedOneAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);
        _time.Advance(TimeSpan.FromSeconds(6));
        _gate.OpenForAll();
        // Stepped manually: the next attempt has a timer of its own, which must not run out while it continues.
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Succeeded: 1, Failed: 1 } || (run.GetSnapshot() is { Succeeded: 1, Retrying: 1 } && _time.PendingTimerCount == 1));
        _time.Advance(TimeSpan.FromSeconds(1.5));
        run.Complete();
        await run.Completion.InTime();
    }

    private Pipeline<int, int> Watch(PipelineBuilder<int, int> builder) => builder.IdentifyBy(x => x).WithTimeProvider(_time).WithTracker(new StatusTracker
    {
        OnStatusChange = (e, _) => Told(e.ItemId, e.Error is null ? $"{e.Status}" : $"{e.Status} {e.Error.GetType().Name}"),
        OnTaskStart = (e, _) => Told(e.ItemId, $"Start {e.Task}.{e.Attempt}"),
        OnTaskComplete = (e, _) => Told(e.ItemId, $"Complete {e.Task}.{e.Attempt}"),
        OnTaskRetry = (e, _) => Told(e.ItemId, $"Retry {e.Task}.{e.Attempt}"),
        OnTaskFail = (e, _) => Told(e.ItemId, $"Fail {e.Task}.{e.Attempt}"),
    }).Build();

    private ValueTask Told(ItemId id, string what)
    {
        lock (_told)
            _told.Add($"{id}: {what}");
        return default;
    }

    private IEnumerable<string> Of(int item) => _told.Where(line => line.StartsWith($"{item}: ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
}
