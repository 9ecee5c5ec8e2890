using System.Collections.Concurrent;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

/// <summary>What a tracker is told of the second item of an id that fails for that: nothing under the id, which is the first one's.</summary>
public sealed class TrackingIdsFedTwice
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task The_first_one_keeps_its_status_and_its_events(bool hasCheckpoints)
    {
        ConcurrentQueue<StatusEvent> told = [];
        var tracker = new StatusTracker
        {
            OnStatusChange = (e, _) =>
            {
                told.Enqueue(e);
                return ValueTask.CompletedTask;
            },
        };
        PipelineBuilder<string, string> builder = PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x).WithTracker(tracker);
        if (hasCheckpoints)
            builder = builder.WithCheckpoints(new InMemoryCheckpointStore());

        PipelineReport<string> report = await builder
            .RunAsync([new WorkItem<string>("x"), new WorkItem<string>("x") { Metadata = { ["second"] = true } }, new WorkItem<string>("y")], new RunOptions { RunId = "nightly", DuplicateHandling = hasCheckpoints ? null : DuplicateHandling.Fail })
            .InTime();

        report.Results.Select(result => (result.ItemId.ToString(), result.Status)).ShouldBe([("x", ResultStatus.Succeeded), ("x", ResultStatus.Failed), ("y", ResultStatus.Succeeded)]);
        tracker.GetHistory("x").Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Completed]);
        tracker.GetStatus("x")!.Status.ShouldBe(ItemStatus.Completed);
        StatusEvent[] ofSecond = [.. told.Where(e => e.Metadata.ContainsKey("second"))];
        ofSecond.Select(e => (e.ItemId.ToString(), e.Status)).ShouldBe([("#1", ItemStatus.Queued), ("#1", ItemStatus.Failed)]);
        ofSecond[1].Error.ShouldBeOfType<DuplicateItemException>().ItemId.ShouldBe("x");
        tracker.GetHistory(ofSecond[0].ItemId).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.Failed]);
        tracker.GetByStatus(ItemStatus.Failed).ShouldHaveSingleItem().ItemId.ToString().ShouldBe("#1");
    }

    [Test]
    public async Task The_sums_agree_with_the_report_and_the_errors_have_the_id()
    {
        var tracker = new StatusTracker();

        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x % 10).WithTracker(tracker)
            .RunAsync(Enumerable.Range(0, 30), new RunOptions { DuplicateHandling = DuplicateHandling.Fail }).InTime();

        StatusCounts counts = tracker.GetCounts();
        (counts.Completed, counts.Failed, counts.Total).ShouldBe((report.SucceededCount, report.FailedCount, report.Snapshot.Fed));
        (report.SucceededCount, report.FailedCount).ShouldBe((10, 20));
        ErrorSummary[] summaries = [report.Errors, tracker.GetErrorSummary()];
        foreach (ErrorSummary errors in summaries)
            errors.FailedItems.Select(failed => failed.ItemId).ShouldBe(Enumerable.Range(10, 20).Select(number => new ItemId(number % 10)));
    }

    [Test]
    public async Task What_is_ignored_is_not_told_at_all()
    {
        var tracker = new StatusTracker();

        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x % 10).WithTracker(tracker)
            .RunAsync(Enumerable.Range(0, 30), new RunOptions { DuplicateHandling = DuplicateHandling.Ignore }).InTime();

        (tracker.GetCounts().Total, tracker.GetCounts().Completed, report.DuplicateCount).ShouldBe((10, 10, 20));
        tracker.GetErrorSummary().TotalFailed.ShouldBe(0);
    }

    [Test]
    public async Task An_item_that_fails_with_such_an_error_of_another_run_keeps_its_own_id()
    {
        DuplicateItemException foreign = await FailTwiceAsync();
        var tracker = new StatusTracker();

        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("Outer", (string _) => throw foreign).IdentifyBy(x => x).WithTracker(tracker)
            .RunAsync(["outer"]).InTime();

        report.Errors.FailedItems.ShouldHaveSingleItem().ItemId.ShouldBe("outer");
        tracker.GetErrorSummary().FailedItems.ShouldHaveSingleItem().ItemId.ShouldBe("outer");
    }

    [Test]
    public async Task An_item_that_cannot_be_identified_because_of_such_an_error_failed_there_and_has_no_id()
    {
        DuplicateItemException foreign = await FailTwiceAsync();
        var tracker = new StatusTracker();

        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("Outer", x => x).IdentifyBy(_ => throw foreign).WithTracker(tracker)
            .RunAsync(["outer"]).InTime();

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        (result.ItemId.ToString(), result.Error).ShouldBe(("#0", foreign));
        ErrorSummary[] summaries = [report.Errors, tracker.GetErrorSummary()];
        foreach (ErrorSummary errors in summaries)
        {
            FailedItem failed = errors.FailedItems.ShouldHaveSingleItem();
            (failed.ItemId.ToString(), failed.Function).ShouldBe(("#0", "IdentifyBy"));
        }
    }

    private static async Task<DuplicateItemException> FailTwiceAsync()
    {
        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("Inner", x => x).IdentifyBy(x => x)
            .RunAsync(["inner", "inner"], new RunOptions { DuplicateHandling = DuplicateHandling.Fail }).InTime();
        return report.Results[1].Error.ShouldBeOfType<DuplicateItemException>();
    }
}
