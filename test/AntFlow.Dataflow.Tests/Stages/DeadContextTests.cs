using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A context acts for its own attempt, and only until that ends, wherever the code that still holds it is at that instant.</summary>
public sealed class DeadContextTests
{
    private readonly ScriptedTime _time = new();
    private readonly Gate<string> _gate = new();

    [Test]
    public async Task A_status_that_is_being_set_while_the_attempt_ends_is_not_shown_for_the_next_one([Values] bool of_the_same_item)
    {
        using var held = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        Thread? late = null;
        bool wasSet = true;
        _time.OnRead = () =>
        {
            // It has asked for the time, and has not looked yet whether the attempt is the one it speaks for.
            if (Thread.CurrentThread != Volatile.Read(ref late))
                return;
            held.Set();
            mayGoOn.Wait(TimeSpan.FromSeconds(120)).ShouldBeTrue();
        };
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", async (x, context) =>
        {
            if (x == 1 && context.Attempt == 1)
            {
                var setter = new Thread(() => wasSet = context.SetStatus("late"));
                Volatile.Write(ref late, setter);
                setter.Start();
                held.Wait(TimeSpan.FromSeconds(120)).ShouldBeTrue();
                return of_the_same_item ? throw new TimeoutException("again") : x;
            }

            context.SetStatus("next").ShouldBeTrue();
            await _gate.PassAsync("next");
            return x;
        }, workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromTicks(1))).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(of_the_same_item ? [1] : [1, 2]);
        if (of_the_same_item)
        {
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1 && _time.Timers.Count == 1 && _time.Timers[0].Due is not null);
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.Timers[0].GoOff();
        }

        await _gate.WhenArrivedAsync(1);
        mayGoOn.Set();
        late!.Join();
        string? shown = run.GetSnapshot().Workers[0].TaskStatus;
        _gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        wasSet.ShouldBeFalse();
        shown.ShouldBe("next");
        report.FailedCount.ShouldBe(0);
    }

    [Test]
    public async Task It_is_dead_before_its_item_moves_on([Values(ItemStatus.Completed, ItemStatus.Retrying, ItemStatus.Failed)] ItemStatus status)
    {
        StageContext? kept = null;
        var answers = new List<bool>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", (x, context) =>
        {
            kept = context;
            context.SetStatus("at work").ShouldBeTrue();
            return status == ItemStatus.Completed ? x : throw new TimeoutException();
        }, workers: 1, s =>
        {
            // Each is asked or told between the end of the attempt and whatever comes next.
            s.OnSuccess = (_, _) => new ValueTask(SetLate());
            s.OnFailure = (_, _) => new ValueTask(SetLate());
            s.Retry = RetryPolicy.Fixed(status == ItemStatus.Retrying ? 2 : 1, TimeSpan.FromHours(1)) with { ShouldRetry = _ => SetLate().IsCompletedSuccessfully };
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Succeeded: 1 } or { Failed: 1 } or { Retrying: 1 });

        answers.ShouldNotBeEmpty();
        answers.ShouldAllBe(answer => !answer);
        run.GetSnapshot().Workers[0].TaskStatus.ShouldBeNull();

        Task SetLate()
        {
            answers.Add(kept!.SetStatus("late"));
            return Task.CompletedTask;
        }
    }
}
