using System.Collections;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Displays;

/// <summary>A display may hold a terminal, without a cursor and with the keys: whatever breaks, it hears of the end.</summary>
public sealed class ReportsThatCannotBeMade
{
    [Test]
    public async Task A_display_hears_of_the_end_of_a_run_whose_last_snapshot_cannot_be_made()
    {
        var tasks = new BrittleTasks();
        var display = new CollectingDisplay();
        await using PipelineRun<int, int> run = Pipeline(tasks).Start(new RunOptions { RunId = "broken", Display = display });
        await run.FeedAsync([1, 2, 3]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        DateTimeOffset startedAt = run.GetSnapshot().StartedAt;

        tasks.IsBroken = true;
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        display.Calls[^1].ShouldBe("finish");
        PipelineReport shown = display.Report.ShouldNotBeNull();
        shown.Fault.ShouldBeOfType<InvalidDataException>();
        (shown.Snapshot.RunId, shown.Snapshot.StartedAt, shown.Snapshot.Phase).ShouldBe(("broken", startedAt, RunPhase.Ended));
        (shown.Snapshot.Fed, shown.SucceededCount, shown.FailedCount, shown.CanceledCount).ShouldBe((3, 2, 1, 0));
        report.Fault.ShouldBeSameAs(shown.Fault);
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Succeeded, ResultStatus.Failed]);
    }

    [Test]
    public async Task A_display_whose_updates_fail_because_no_snapshot_can_be_made_hears_of_the_end_all_the_same()
    {
        var time = new SteppedTime();
        var tasks = new BrittleTasks();
        var display = new CollectingDisplay();
        await using PipelineRun<int, int> run = Pipeline(tasks, time).Start(new RunOptions { Display = display });

        tasks.IsBroken = true;
        await time.StepAsync(0.5);
        await time.StepAsync(0.5);
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        display.Calls.ShouldBe(["start unknown", "update", "finish"]);
        report.Errors.Callbacks.ShouldContain(error => error.Error is InvalidDataException);
    }

    [TestCase(long.MaxValue)]
    [TestCase(long.MaxValue / 2)]
    [TestCase(long.MinValue)]
    public async Task A_clock_that_is_off_by_more_than_the_calendar_has_years_keeps_nobody_from_the_report(long reading)
    {
        var time = new LeapingTime();
        var gate = new Gate<int>();
        var display = new CollectingDisplay();
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            })
            .WithTimeProvider(time)
            .Build()
            .Start(new RunOptions { Display = display });
        await run.FeedAsync([1, 2, 3]);
        await gate.WhenArrivedAsync(1);

        // In the middle of an item, and while others wait.
        time.Reading = reading;
        run.GetSnapshot().Fed.ShouldBe(3);
        gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Fault.ShouldBeNull();
        report.Results.Count.ShouldBe(3);
        report.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
        display.Calls[^1].ShouldBe("finish");
    }

    [Test]
    public void A_clock_without_a_frequency_is_refused_when_a_run_starts() =>
        Should.Throw<InvalidOperationException>(() => Pipeline(new BrittleTasks(), new LeapingTime { Frequency = 0 }).Start())
            .Message.ShouldBe("LeapingTime: TimestampFrequency is 0; it must be above zero.");

    [Test]
    public async Task What_a_clock_says_of_its_frequency_later_changes_nothing()
    {
        var time = new LeapingTime();
        await using PipelineRun<int, int> run = Pipeline(new BrittleTasks(), time).Start();

        time.Frequency = 0;
        await run.FeedAsync([1]);
        run.Complete();

        (await run.Completion.InTime()).Fault.ShouldBeNull();
    }

    private static Pipeline<int, int> Pipeline(BrittleTasks tasks, TimeProvider? time = null) => PipelineBuilder
        .Stage(Stage.CreateWithTasks<int, int>("A", _ => new StageTasks<int, int>(tasks)))
        .WithTimeProvider(time ?? TimeProvider.System)
        .Build();

    /// <summary>The tasks of a stage, which cannot be counted any more once they are broken: so the engine itself breaks where it looks at its stages, and nowhere else.</summary>
    private sealed class BrittleTasks : IReadOnlyList<StageTask>
    {
        private readonly IReadOnlyList<StageTask> _tasks =
            Stage.CreateWithTasks<int, int>("A", t => t.Task("task", (int x) => x < 3 ? x : throw new ArgumentException("three"))).Tasks;

        public bool IsBroken { get; set; }

        public int Count => IsBroken ? throw new InvalidDataException("broken") : _tasks.Count;

        public StageTask this[int index] => _tasks[index];

        public IEnumerator<StageTask> GetEnumerator() => _tasks.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A clock that says what it is told to say; its timers are the system's.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        public long Reading { get; set; } = 1;

        public long Frequency { get; set; } = 1000;

        public override long TimestampFrequency => Frequency;

        public override long GetTimestamp() => Reading;
    }
}
