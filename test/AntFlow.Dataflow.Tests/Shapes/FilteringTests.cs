using AntFlow.Dataflow.Shapes;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>What <c>ThenWhere</c> lets through goes on as it is; the rest ends, in the results, and is no failure.</summary>
public sealed class FilteringTests
{
    [Test]
    public async Task What_the_predicate_refuses_ends_filtered_and_the_rest_goes_on_with_its_value()
    {
        PipelineReport<string> report = await PipelineBuilder.Of<int>()
            .ThenWhere("Even", x => x % 2 == 0)
            .Then("Text", x => $"<{x}>")
            .RunAsync([1, 2, 3, 4]);

        report.Results.Select(result => (result.Status, result.Value)).ShouldBe([(ResultStatus.Filtered, null), (ResultStatus.Succeeded, "<2>"), (ResultStatus.Filtered, null), (ResultStatus.Succeeded, "<4>")]);
        PipelineResult<string> filtered = report.Results[0];
        (filtered.IsSuccess, filtered.Stage, filtered.StageInput, filtered.Attempts).ShouldBe((false, "Even", 1, 1));
        filtered.Error.ShouldBeOfType<ItemFilteredException>().Stage.ShouldBe("Even");
        (report.SucceededCount, report.FilteredCount, report.FailedCount, report.CanceledCount).ShouldBe((2, 2, 0, 0));
        report.ThrowIfFailed();
        report.ToString().ShouldContain("2 succeeded, 0 failed, 0 canceled, 2 filtered out");
    }

    [Test]
    public async Task A_predicate_that_fails_is_retried_and_its_item_fails_in_the_end()
    {
        var calls = 0;
        PipelineReport<int> report = await PipelineBuilder.Of<int>()
            .ThenWhere("Judge", async (x, ct) => await AskAsync(x, ct), workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero))
            .RunAsync([1, 2]);

        report.Results.Select(result => (result.Status, result.Attempts)).ShouldBe([(ResultStatus.Succeeded, 2), (ResultStatus.Failed, 2)]);

        async Task<bool> AskAsync(int x, CancellationToken ct)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            return x == 1 && ++calls == 2 ? true : throw new InvalidDataException("no answer");
        }
    }

    [Test]
    public async Task An_item_that_is_skipped_passes_without_being_asked_about()
    {
        List<int> asked = [];
        PipelineReport<int> report = await PipelineBuilder.Of<int>()
            .ThenWhere("Even", x => Note(x) % 2 == 0, configure: s => s.SkipIf = x => x > 2)
            .RunAsync([1, 2, 3]);

        asked.ShouldBe([1, 2]);
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Filtered, ResultStatus.Succeeded, ResultStatus.Succeeded]);

        int Note(int x)
        {
            asked.Add(x);
            return x;
        }
    }

    [Test]
    public async Task Callbacks_are_told_what_passes_and_observers_of_the_end_of_all()
    {
        List<string> told = [];
        var tracker = new StatusTracker();
        await PipelineBuilder.Of<int>()
            .ThenWhere("Even", x => x % 2 == 0, configure: s =>
            {
                s.OnSuccess = (item, _) =>
                {
                    told.Add($"passed {item.Value}");
                    return default;
                };
                s.OnFailure = (item, _) =>
                {
                    told.Add($"failed {item.Input}");
                    return default;
                };
            })
            .WithTracker(tracker)
            .RunAsync([1, 2]);

        told.ShouldBe(["passed 2"]);
        (tracker.GetCounts().Filtered, tracker.GetCounts().Completed, tracker.GetCounts()[ItemStatus.Filtered]).ShouldBe((1, 1, 1));
        tracker.GetHistory(tracker.GetByStatus(ItemStatus.Filtered).Single().ItemId).Select(change => change.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Filtered]);
    }

    [Test]
    public async Task The_counts_of_a_snapshot_add_up_and_the_stage_counts_its_own()
    {
        PipelineReport<int> report = await PipelineBuilder.Of<int>().ThenWhere("Even", x => x % 2 == 0).Then("Next", x => x).RunAsync(Enumerable.Range(0, 11));

        StageSnapshot stage = report.Snapshot.Stages[0];
        (stage.Arrived, stage.Completed, stage.Filtered, stage.Failed).ShouldBe((11, 6, 5, 0));
        (report.Snapshot.Fed, report.Snapshot.Succeeded, report.Snapshot.Filtered).ShouldBe((11, 6, 5));
        report.Snapshot.Stages[1].Arrived.ShouldBe(6);
    }

    [Test]
    public async Task Results_in_order_and_streams_have_filtered_items_in_their_place()
    {
        List<(long, ResultStatus)> read = [];
        await foreach (PipelineResult<int> result in PipelineBuilder.Of<int>().ThenWhere("Even", x => x % 2 == 0, workers: 4).Build().StreamAsync(Enumerable.Range(0, 100), new RunOptions { OrderResults = true }))
            read.Add((result.Sequence, result.Status));

        read.ShouldBe(Enumerable.Range(0, 100).Select(x => ((long)x, x % 2 == 0 ? ResultStatus.Succeeded : ResultStatus.Filtered)));
    }

    [Test]
    public async Task A_stage_object_filters_in_any_pipeline()
    {
        Stage<int, int> even = Stage.CreateWhere<int>("Even", x => x % 2 == 0);

        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("Double", x => x * 3).Then(even).RunAsync([1, 2]);

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Filtered, ResultStatus.Succeeded]);
    }

    [Test]
    public void A_pipeline_without_stages_is_refused() =>
        Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Of<int>().Build()).Message.ShouldContain("The pipeline has no stages; it must have at least one. Add it with Then.");
}
