using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>What watches a run only to log a warning (a stop that takes long, a feed call of its own code that waits) changes nothing about the run, also where the clock has no timers.</summary>
public sealed class WatchingWithABrokenClock
{
    [Test]
    public async Task A_gentle_stop_is_one_although_the_clock_cannot_make_a_timer()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Build(new Clock(makesTimers: false), async number =>
        {
            await gate.PassAsync(number);
            return number;
        }).Start();
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        run.Stop();
        gate.OpenForAll();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Fault.ShouldBeNull();
        (report.WasStopped, report.WasCanceled, report.SucceededCount).ShouldBe((true, false, 1));
    }

    [Test]
    public async Task A_feed_call_of_own_code_ends_although_its_timer_cannot_be_disposed_of()
    {
        var gate = new Gate<int>();
        PipelineRun<int, int>? own = null;
        await using PipelineRun<int, int> run = Build(new Clock(makesTimers: true), async number =>
        {
            await gate.PassAsync(number);
            if (number == 0)
                await own!.FeedOneAsync(10);
            return number;
        }).Start();
        own = run;
        await run.FeedAsync([0, 1]);
        await gate.WhenArrivedAsync(2);
        await run.FeedOneAsync(2);
        gate.Open(0);
        await Waiting.UntilAsync(() => run.Core.OwnFeeds.Longest is not null);
        gate.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Fed: 4, InProgress: 0, Queued: 0 });
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Results.Select(result => result.Error).ShouldAllBe(error => error == null);
        report.SucceededCount.ShouldBe(4);
    }

    private static Pipeline<int, int> Build(TimeProvider time, Func<int, Task<int>> body) =>
        PipelineBuilder.Stage("A", body, 2, s => s.QueueCapacity = 1).WithTimeProvider(time).Build();

    /// <summary>A clock that makes no timers, or such as cannot be disposed of.</summary>
    private sealed class Clock(bool makesTimers) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            makesTimers ? new Timer(System.CreateTimer(callback, state, dueTime, period)) : throw new NotSupportedException("This clock has no timers.");

        private sealed class Timer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                timer.Dispose();
                throw new NotSupportedException("This timer goes on.");
            }

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
