using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Skipping
{
    [Test]
    public async Task A_skipped_item_passes_without_running_the_tasks()
    {
        List<int> ran = [];
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x =>
        {
            ran.Add(x);
            return x * 10;
        }, 1, s => s.SkipIf = x => x % 2 == 0).Then("B", x => x + 1).RunAsync([1, 2, 3, 4]);

        report.Results.Select(r => r.Value).ShouldBe([11, 3, 31, 5]);
        ran.ShouldBe([1, 3]);
        (report.Snapshot.Stages[0].Skipped, report.Snapshot.Stages[0].Completed, report.Snapshot.Stages[0].Attempts).ShouldBe((2, 2, 2));
    }

    [Test]
    public async Task SkipTo_says_what_it_goes_on_as()
    {
        PipelineReport<string> report = await PipelineBuilder.Stage<int, string>("A", x => $"{x}", 1, s =>
        {
            s.SkipIf = x => x == 2;
            s.SkipTo = x => $"skipped {x}";
        }).RunAsync([1, 2]);

        report.Results.Select(r => r.Value).ShouldBe(["1", "skipped 2"]);
        report.Results[1].Attempts.ShouldBe(0);
    }

    [Test]
    public async Task The_predicate_is_asked_once_per_stage_retries_or_not()
    {
        int asked = 0;
        var time = new SteppedTime();
        await time.DriveAsync(PipelineBuilder.StageWithContext<int, int>("A", (int x, StageContext context) => context.Attempt < 3 ? throw new TimeoutException("again") : x, 1, s =>
        {
            s.SkipIf = _ =>
            {
                asked++;
                return false;
            };
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1));
        }).WithTimeProvider(time).RunAsync([1]));

        asked.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_predicate_that_throws_fails_the_item_at_once_and_OnFailure_runs(bool inSkipTo)
    {
        List<ItemFailed<int>> told = [];
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x, 1, s =>
        {
            s.SkipIf = x => inSkipTo ? true : throw new TimeoutException("predicate");
            s.SkipTo = x => throw new TimeoutException("predicate");
            s.Retry = RetryPolicy.Fixed(5, TimeSpan.Zero);
            s.OnFailure = (e, _) =>
            {
                told.Add(e);
                return default;
            };
        }).RunAsync([1]).InTime();

        report.Results[0].Status.ShouldBe(ResultStatus.Failed);
        report.Results[0].Error!.Message.ShouldBe("predicate");
        report.Results[0].Attempts.ShouldBe(0);
        told.ShouldHaveSingleItem().Attempts.ShouldBe(0);
    }
}
