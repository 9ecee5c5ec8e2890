using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Displays;

public sealed class DisplaysThatMisbehave
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_display_that_throws_in_every_call_hurts_nobody_and_is_in_the_report_and_the_log()
    {
        var log = new FakeLogCollector();
        using var factory = new LoggerFactory([new FakeLoggerProvider(log)]);
        var display = new CollectingDisplay
        {
            Starting = (_, _) => throw new InvalidOperationException("no screen"),
            Updating = _ => throw new InvalidOperationException("still none"),
            Finishing = _ => throw new InvalidOperationException("none at all"),
        };

        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("Double", x => x * 2).WithTimeProvider(_time).WithLogging(factory).Build()
            .RunAsync([1, 2], new RunOptions { Display = display }).InTime();

        report.SucceededCount.ShouldBe(2);
        display.Calls.ShouldBe(["start 2", "update", "finish"]);
        string[] expected = ["IPipelineDisplay.OnStart: no screen", "IPipelineDisplay.OnUpdate: still none", "IPipelineDisplay.OnFinish: none at all"];
        report.Errors.Callbacks.Select(c => $"{c.Callback}: {c.Error.Message}").ShouldBe(expected);
        report.Snapshot.Errors.TotalCallbacks.ShouldBe(3);
        log.GetSnapshot().Count(line => line.Message.StartsWith("IPipelineDisplay.", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Test]
    public async Task A_display_that_blocks_in_an_update_holds_no_item_and_the_run_ends_without_it()
    {
        using var held = new ManualResetEventSlim();
        var inside = new TaskCompletionSource();
        var gate = new Gate<int>();
        CollectingDisplay display = HeldInUpdates(inside, held);
        Task<PipelineReport<int>> running = Waiter(gate).RunAsync([1, 2], new RunOptions { Display = display, AbandonAfter = TimeSpan.FromSeconds(5) });
        await gate.WhenArrivedAsync(1);
        await _time.StepAsync(0.5);
        await inside.Task.InTime();

        gate.OpenForAll();
        await _time.StepAsync(5);
        PipelineReport<int> report = await running.InTime();

        report.SucceededCount.ShouldBe(2);
        report.Errors.Callbacks.ShouldHaveSingleItem().Error.ShouldBeOfType<TimeoutException>()
            .Message.ShouldBe("CollectingDisplay has not returned from its last calls within 00:00:05; the run continues without waiting for it. See RunOptions.AbandonAfter.");
        // It wakes up late, and still gets its last calls, once each.
        held.Set();
        await Waiting.UntilAsync(() => display.Report is not null);
        display.Calls.ShouldBe(["start 2", "update", "update", "finish"]);
        display.HasOverlapped.ShouldBeFalse();
    }

    [Test]
    public async Task A_display_that_blocks_at_the_start_holds_the_first_item_for_a_while_only()
    {
        using var held = new ManualResetEventSlim();
        var display = new CollectingDisplay { Starting = (_, _) => held.Wait() };
        Task<PipelineReport<int>> running = Waiter(null).RunAsync([1], new RunOptions { Display = display, AbandonAfter = TimeSpan.Zero });

        // At least a second, at the start and at the end.
        await _time.StepAsync(1);
        await _time.StepAsync(1);
        PipelineReport<int> report = await running.InTime();

        report.SucceededCount.ShouldBe(1);
        report.Errors.Callbacks.Count.ShouldBe(2);
        held.Set();
        await Waiting.UntilAsync(() => display.Report is not null);
    }

    [Test]
    public async Task Starting_by_hand_waits_for_the_display_for_a_while_only()
    {
        using var held = new ManualResetEventSlim();
        var display = new CollectingDisplay { Starting = (_, _) => held.Wait() };
        Task<PipelineRun<int, int>> starting = Task.Run(() => Waiter(null).Start(new RunOptions { Display = display, AbandonAfter = TimeSpan.FromSeconds(3) }));

        await _time.StepAsync(3);
        await using PipelineRun<int, int> run = await starting.InTime();

        run.TryFeedOne(1).ShouldBeTrue();
        held.Set();
    }

    [Test]
    public async Task An_update_that_takes_long_lets_the_next_ones_wait_and_they_do_not_pile_up()
    {
        using var held = new ManualResetEventSlim();
        var inside = new TaskCompletionSource();
        var gate = new Gate<int>();
        CollectingDisplay display = HeldInUpdates(inside, held);
        Task<PipelineReport<int>> running = Waiter(gate).RunAsync([1], new RunOptions { Display = display });
        await gate.WhenArrivedAsync(1);
        await _time.StepAsync(0.5);
        await inside.Task.InTime();
        _time.Advance(TimeSpan.FromSeconds(20));

        held.Set();
        await _time.StepAsync(0.5);
        await Waiting.UntilAsync(() => display.Snapshots.Count == 2);
        gate.OpenForAll();
        await running.InTime();

        display.Calls.ShouldBe(["start 1", "update", "update", "update", "finish"]);
        display.HasOverlapped.ShouldBeFalse();
    }

    private Pipeline<int, int> Waiter(Gate<int>? gate) =>
        PipelineBuilder
            .Stage<int, int>("Wait", async (x, ct) =>
            {
                if (gate is not null)
                    await gate.PassAsync(x, ct);
                return x;
            })
            .WithTimeProvider(_time)
            .Build();

    /// <summary>A display that tells that it is in an update, and stays there until it is let go.</summary>
    private static CollectingDisplay HeldInUpdates(TaskCompletionSource inside, ManualResetEventSlim held) => new()
    {
        Updating = _ =>
        {
            inside.TrySetResult();
            held.Wait();
        },
    };
}
