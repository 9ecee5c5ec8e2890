using System.Collections.Concurrent;
using System.Text.Json;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Data;

/// <summary>What real runs say of themselves goes through JSON and back.</summary>
public sealed class RunsAsData
{
    [Test]
    public async Task Snapshots_events_and_reports_of_a_busy_run_come_back()
    {
        using IDisposable culture = RoundTrip.In("de-DE");
        List<TaskEvent> tasks = [];
        List<StatusEvent> events = [];
        var tracker = new StatusTracker
        {
            OnStatusChange = (e, _) =>
            {
                events.Add(e);
                return events.Count == 5 ? throw new InvalidOperationException("callback ☾") : ValueTask.CompletedTask;
            },
            OnTaskRetry = (e, _) =>
            {
                tasks.Add(e);
                return ValueTask.CompletedTask;
            },
        };
        await using PipelineRun<int, Page> run = BusyPipeline(new InMemoryCheckpointStore(), []).Start(new RunOptions { RunId = "nightly", OrderResults = true, Tracker = tracker, ResultCapacity = 8 });
        Task<List<PipelineResult<Page>>> reading = run.ReadResultsAsync().ToListAsync();
        Task feeding = run.FeedAsync(Enumerable.Range(0, 300).Select(x => new WorkItem<int>(x) { Id = IdOf(x), Metadata = { ["tenant"] = "ä", ["rate"] = x / 3.0 } }));
        List<PipelineSnapshot> snapshots = [];
        _ = feeding.ContinueWith(_ => run.Complete(), TaskScheduler.Default);
        while (!run.Completion.IsCompleted)
        {
            if (snapshots.Count < 100)
                snapshots.Add(run.GetSnapshot());
            await Task.Yield();
        }

        await feeding;
        PipelineReport<Page> report = await run.Completion.InTime();
        snapshots.Add(report.Snapshot);
        RoundTrip.OfRun(snapshots);
        report.FailedCount.ShouldBeGreaterThan(0);
        report.Errors.TotalCallbacks.ShouldBeGreaterThan(0);
        RoundTrip.Of(report, PageJsonContext.Default.PipelineReportPage);
        foreach (PipelineResult<Page> result in await reading.InTime())
            RoundTrip.Of(result, PageJsonContext.Default.PipelineResultPage);
        foreach (StatusEvent e in events)
            RoundTrip.Of(e, AntFlowJsonContext.Default.StatusEvent).Metadata["tenant"].ShouldBe("ä");
        tasks.ShouldNotBeEmpty();
        foreach (TaskEvent e in tasks)
            RoundTrip.Of(e, AntFlowJsonContext.Default.TaskEvent);
        RoundTrip.ShouldPrintAlike(tracker.GetErrorSummary(), RoundTrip.Of(tracker.GetErrorSummary(), AntFlowJsonContext.Default.ErrorSummary));
        RoundTrip.Of(tracker.GetCounts(), AntFlowJsonContext.Default.StatusCounts);
        IReadOnlyList<StatusEvent> history = tracker.GetHistory(IdOf(7));
        JsonSerializer.Deserialize(JsonSerializer.Serialize(history, AntFlowJsonContext.Default.IReadOnlyListStatusEvent), AntFlowJsonContext.Default.IReadOnlyListStatusEvent)!
            .Select(e => e.ToString()).ShouldBe(history.Select(e => e.ToString()));
    }

    [Test]
    public async Task Links_say_how_many_items_went_from_stage_to_stage_and_to_the_results()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("A", x => x == 3 ? throw new InvalidDataException("no") : x)
            .Then("B", x => x, 2, s => s.SkipIf = x => x < 3)
            .Then("C", x => x == 5 ? throw new InvalidDataException("no") : x)
            .Build().RunAsync(Enumerable.Range(0, 10));

        report.Snapshot.Links.ShouldBe([new StageLinkSnapshot("A", "B", 9), new StageLinkSnapshot("B", "C", 9), new StageLinkSnapshot("C", null, 8)]);
    }

    [Test]
    public async Task A_result_of_a_read_item_is_fed_again_with_its_error_as_data()
    {
        StoredFailureException read = ErrorInfo.From(new TimeoutException("slow")).ToException();
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", (int _) => throw read, 1, s => s.Retry = RetryPolicy.None).Build()
            .RunAsync(Enumerable.Range(0, 10), new RunOptions { StopAfterFailures = 1 });

        report.Errors.ByType.ShouldHaveSingleItem().Key.ShouldBe("TimeoutException");
        report.FailedCount.ShouldBeLessThan(10, "what code throws counts, whatever it was made of");
    }

    private static ItemId IdOf(int x) => (x % 4) switch
    {
        0 => x,
        1 => $"half \ud83d\ude00 {x}",
        2 => $"{x}",
        _ => new Guid(x, 0, 0, new byte[8]),
    };

    private static Pipeline<int, Page> BusyPipeline(ICheckpointStore store, ConcurrentDictionary<int, bool> throttled) => PipelineBuilder
        .StageWithContext<int, int>("Fetch", (x, context) => x % 3 == 0 && context.Attempt < 2 ? throw new TimeoutException($"slow \ud800 {x}") : x, workers: 4, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero))
        .Then("Check", x => x % 7 == 0 && throttled.TryAdd(x, true) ? throw new HttpRequestException("429") : x, workers: 3, s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromMilliseconds(1)) with { IsThrottle = error => error is HttpRequestException };
            s.SkipIf = x => x % 5 == 0;
            s.OnSuccess = (succeeded, _) => succeeded.Input % 50 == 0 ? throw new FormatException("success") : ValueTask.CompletedTask;
        })
        .ThenWithTasks("Save", t => t.Task("limited", async (int x) =>
        {
            await Task.Yield();
            return x % 11 == 0 ? throw new InvalidDataException("outer", new FormatException("inner")) : x;
        }, maxConcurrency: 1).Task("page", x => new Page($"Page {x}", x)), workers: 2, s => s.Retry = RetryPolicy.None)
        .WithCheckpoints(store)
        .Build();
}
