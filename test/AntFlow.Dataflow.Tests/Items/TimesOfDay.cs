using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Items;

/// <summary>Times of a run are counted from its start: a wall clock that is set does not move them.</summary>
public sealed class TimesOfDay
{
    [TestCase(-1)]
    [TestCase(1)]
    public async Task They_do_not_follow_a_wall_clock_that_is_set(int hours)
    {
        var time = new SettableClock();
        var tracker = new StatusTracker();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x == 2 ? throw new ArgumentException("two") : x).WithTracker(tracker).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        DateTimeOffset before = run.GetSnapshot().Timestamp;
        time.Set(TimeSpan.FromHours(hours));
        await run.FeedOneAsync(2);
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        IReadOnlyList<StatusEvent> history = tracker.GetHistory(report.Results[1].ItemId);
        history.Count.ShouldBe(3);
        history.ShouldAllBe(e => Math.Abs((e.Timestamp - before).TotalMinutes) < 30);
        Math.Abs((report.Errors.FailedItems[0].Timestamp - before).TotalMinutes).ShouldBeLessThan(30);
        Math.Abs((report.Snapshot.Timestamp - before).TotalMinutes).ShouldBeLessThan(30);
        // The next run begins with the clock as it is now.
        await using PipelineRun<int, int> next = pipeline.Start();
        Math.Abs((next.GetSnapshot().StartedAt - before).TotalMinutes).ShouldBeGreaterThan(30);
    }

    private sealed class SettableClock : TimeProvider
    {
        private readonly SteppedTime _time = new();
        private TimeSpan _by;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Set(TimeSpan by) => _by = by;

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + _by;

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _time.CreateTimer(callback, state, dueTime, period);
    }
}
