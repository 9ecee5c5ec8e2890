using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>Counterparts of tests of the original that go beyond what the tests of the features say.</summary>
public sealed class DetailsOfTheOriginal
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_trackers_summary_says_what_the_report_says()
    {
        var tracker = new StatusTracker();
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("Fetch", (int x) => x % 3 == 0 ? throw new ArgumentException("a") : x)
            .Then("Save", (int x) => x % 3 == 1 ? throw new NotSupportedException("b") : x)
            .WithTracker(tracker)
            .RunAsync(Enumerable.Range(0, 10)).InTime();
        ErrorSummary errors = tracker.GetErrorSummary();

        errors.TotalFailed.ShouldBe(7);
        errors.ByType.ShouldBe(report.Errors.ByType, ignoreOrder: true);
        errors.ByStage.ShouldBe(report.Errors.ByStage, ignoreOrder: true);
        errors.FailedItems.Select(f => $"{f.ItemId} {f.Stage} {f.ErrorType} {f.Attempts} {f.Error.Message}").Order(StringComparer.Ordinal)
            .ShouldBe(report.Errors.FailedItems.Select(f => $"{f.ItemId} {f.Stage} {f.ErrorType} {f.Attempts} {f.Error.Message}").Order(StringComparer.Ordinal));
        errors.ToString().ShouldContain("7 failed items");
    }

    [Test]
    public async Task Items_are_fed_into_the_first_stage_unless_told_otherwise_and_stand_by_priority_wherever_they_come_in()
    {
        var gate = new Gate<string>();
        Stage<int, string> first = Stage.Create<int, string>("A", x => $"a{x}");
        Stage<string, string> second = Stage.Create<string, string>(
            "B",
            async (string x, CancellationToken ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            },
            workers: 1,
            s => s.QueueCapacity = StageOptions.Unbounded);
        await using PipelineRun<int, string> run = PipelineBuilder.Stage(first).Then(second).Build().Start();
        await run.FeedAsync(second, ["held"]);
        await gate.WhenArrivedAsync(1);

        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 2);
        await run.FeedAsync(second, ["low"], ItemPriority.Low);
        await run.FeedAsync(second, ["usual"]);
        await run.FeedAsync("B", ["urgent"], ItemPriority.High);
        await run.FeedAsync(second, [new WorkItem<string>("top") { Priority = 0 }], ItemPriority.Low);
        gate.OpenForAll();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        gate.Arrivals.ShouldBe(["held", "top", "urgent", "a1", "a2", "usual", "low"]);
        report.Snapshot.Stages.Select(s => s.Arrived).ShouldBe([2, 7]);
    }

    [Test]
    public async Task Task_events_say_when_and_how_long_and_which_worker()
    {
        DateTimeOffset begin = _time.GetUtcNow();
        List<(string Kind, double At, double Took, string Worker, int Attempt)> told = [];
        ValueTask Tell(string kind, TaskEvent e)
        {
            told.Add((kind, Math.Round((e.Timestamp - begin).TotalSeconds, 2), Math.Round(e.Duration.TotalSeconds, 2), e.Worker, e.Attempt));
            return default;
        }

        var tracker = new StatusTracker
        {
            OnTaskStart = (e, _) => Tell("start", e),
            OnTaskComplete = (e, _) => Tell("complete", e),
            OnTaskRetry = (e, _) => Tell("retry", e),
            OnTaskFail = (e, _) => Tell("fail", e),
        };
        await _time.DriveAsync(PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext context) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2), _time, context.CancellationToken);
            return x == 2 || context.Attempt == 1 ? throw new TimeoutException("again") : x;
        }, 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
            s.MaxInFlight = 1;
        }).WithTimeProvider(_time).WithTracker(tracker).RunAsync([1, 2]));

        told.ShouldBe(
        [
            ("start", 0, 0, "A-W0", 1), ("retry", 2, 2, "A-W0", 1), ("start", 7, 0, "A-W0", 2), ("complete", 9, 2, "A-W0", 2),
            ("start", 9, 0, "A-W0", 1), ("retry", 11, 2, "A-W0", 1), ("start", 16, 0, "A-W0", 2), ("fail", 18, 2, "A-W0", 2),
        ]);
    }

    [Test]
    public async Task Without_a_tracker_nobody_is_told_and_the_results_are_the_same()
    {
        var unused = new StatusTracker { OnStatusChange = (_, _) => throw new InvalidOperationException("told") };
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x * 2).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        run.Core.Observers.ShouldBeNull();
        await run.FeedAsync([1, 2]);
        run.Complete();
        PipelineReport<int> untracked = await run.Completion.InTime();
        PipelineReport<int> tracked = await pipeline.RunAsync([1, 2], new RunOptions { Tracker = new StatusTracker() }).InTime();

        untracked.Results.Select(r => (r.ItemId, r.Value, r.Attempts)).ShouldBe(tracked.Results.Select(r => (r.ItemId, r.Value, r.Attempts)));
        unused.GetCounts().Total.ShouldBe(0);
        untracked.Errors.TotalCallbacks.ShouldBe(0);
    }

    [Test]
    public async Task One_RunOptions_serves_streams_and_runs_and_is_not_changed_by_them()
    {
        var options = new RunOptions();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        (await pipeline.StreamAsync([1, 2, 3], options).ToListAsync().InTime()).Count.ShouldBe(3);
        (await pipeline.RunAsync([4, 5], options).InTime()).Results.Count.ShouldBe(2);
        await foreach (PipelineResult<int> result in pipeline.StreamAsync(Enumerable.Range(0, 1000), options))
        {
            if (result.Sequence == 5)
                break;
        }

        (await pipeline.RunAsync([6], options).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe(6);
        options.CollectResults.ShouldBeTrue();
    }

    [Test]
    public async Task A_stream_of_several_stages_gives_every_item_once()
    {
        List<PipelineResult<string>> results = await PipelineBuilder
            .Stage<int, int>("A", async x =>
            {
                await Task.Yield();
                return x + 1;
            }, 4)
            .Then("B", x => x * 10, 2)
            .Then("C", x => $"<{x}>", 3)
            .Build().StreamAsync(Enumerable.Range(0, 500)).ToListAsync().InTime();

        results.OrderBy(r => r.Sequence).Select(r => r.Value).ShouldBe(Enumerable.Range(1, 500).Select(x => $"<{x * 10}>"));
        results.ShouldAllBe(r => r.Stage == "C");
    }

    [Test]
    public async Task OnFailure_may_be_async_and_is_over_before_the_worker_goes_on()
    {
        var gate = new Gate<int>();
        List<int> started = [];
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", (int x) =>
        {
            started.Add(x);
            throw new ArgumentException("no");
        }, 1, s => s.OnFailure = async (e, _) => await gate.PassAsync(e.Input, CancellationToken.None)).Build().Start();
        await run.FeedAsync([1, 2]);
        await gate.WhenArrivedAsync(1);

        started.ShouldBe([1]);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).FailedCount.ShouldBe(2);
        started.ShouldBe([1, 2]);
    }

    [Test]
    public async Task Items_are_spread_over_the_workers_and_every_worker_reports_its_own_time()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async x =>
        {
            await Task.Delay(TimeSpan.FromSeconds(x), _time);
            return x;
        }, 3).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync([10, 2, 3, 4]);
        run.Complete();
        await _time.WhenPendingAsync(3);
        await _time.StepAsync(2);
        // The worker that is free after two seconds has taken the fourth item.
        await _time.WhenPendingAsync(3);
        await _time.StepAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        await _time.StepAsync(3);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);
        await _time.StepAsync(4);
        PipelineReport<int> report = await run.Completion.InTime();

        report.Snapshot.Workers.Sum(w => w.Processed).ShouldBe(4);
        report.Snapshot.Workers.Sum(w => w.BusyTime.TotalSeconds).ShouldBe(19, 0.01);
        report.Snapshot.Workers.Select(w => (w.Processed, w.BusyTime.TotalSeconds)).Order().ShouldBe([(1, 3), (1, 10), (2, 6)]);
    }
}
