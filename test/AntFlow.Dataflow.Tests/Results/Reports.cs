using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

public sealed class Reports
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_result_tells_all_about_its_item()
    {
        await using PipelineRun<int, string> run = PipelineBuilder
            .Stage<int, string>("A", async (int x) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2), _time);
                return $"{x}";
            }, 2)
            .ThenWithContext("B", (string x, StageContext context) => x == "2" || context.Attempt == 1 ? throw new TimeoutException(x) : x + "!", 2, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)))
            .WithTimeProvider(_time)
            .Build().Start();
        await run.FeedAsync([new WorkItem<int>(1) { Id = "one", Metadata = { ["k"] = "v" } }, new WorkItem<int>(2)]);
        run.Complete();
        await _time.WhenPendingAsync(2);
        await _time.StepAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 2);
        await _time.StepAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 1, Succeeded: 1 });
        await _time.StepAsync(1);
        PipelineReport<string> report = await run.Completion.InTime();

        PipelineResult<string> good = report.Results[0], bad = report.Results[1];
        (good.ItemId, good.Sequence, good.Status, good.IsSuccess, good.Value, good.Stage, good.Attempts, good.WasAbandoned).ShouldBe(("one", 0, ResultStatus.Succeeded, true, "1!", "B", 2, false));
        good.Metadata["k"].ShouldBe("v");
        good.Elapsed.TotalSeconds.ShouldBe(3, 0.01);
        (bad.ItemId.ToString(), bad.Sequence, bad.Status, bad.Value, bad.Stage, bad.StageInput, bad.Attempts).ShouldBe(("#1", 1, ResultStatus.Failed, null, "B", "2", 3));
        bad.Error.ShouldBeOfType<TimeoutException>();
        bad.Metadata.ShouldBeEmpty();
        bad.Elapsed.TotalSeconds.ShouldBe(4, 0.01);
        report.Elapsed.TotalSeconds.ShouldBe(4, 0.01);
    }

    [Test]
    public async Task What_failed_can_be_fed_again_where_it_failed()
    {
        bool isBroken = true;
        Stage<string, int> last = Stage.Create<string, int>("B", x => isBroken ? throw new ArgumentException("down") : x.Length);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, string>("A", x => new string('x', x)).Then(last).Build();
        PipelineReport<int> first = await pipeline.RunAsync([3]);
        isBroken = false;
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(last, [(string)first.Results[0].StageInput!]);
        run.Complete();

        (await run.Completion.InTime()).Results[0].Value.ShouldBe(3);
    }

    [Test]
    public void Ids_are_made_of_a_text_a_number_or_a_guid_and_kinds_are_distinct()
    {
        var guid = Guid.NewGuid();
        ItemId text = "5", number = 5L, ofGuid = guid;

        (text == number).ShouldBeFalse();
        ((ItemId)guid.ToString() == ofGuid).ShouldBeFalse();
        (text == "5").ShouldBeTrue();
        new HashSet<ItemId> { "5", 5, guid, "5", 5, guid }.Count.ShouldBe(3);
        (text.ToString(), number.ToString(), ofGuid.ToString()).ShouldBe(("5", "5", guid.ToString()));
        default(ItemId).IsDefault.ShouldBeTrue();
        Should.Throw<ArgumentException>(() => new WorkItem<int>(1) { Id = default(ItemId) });
        Should.Throw<ArgumentException>(() => new ItemId(""));
    }

    [Test]
    public async Task An_automatic_id_equals_no_explicit_one()
    {
        PipelineReport<int> report = await Pipeline.RunAsync([7], (int x) => x);
        ItemId id = report.Results[0].ItemId;

        id.ToString().ShouldBe("#0");
        foreach (ItemId other in (ItemId[])["#0", 0, "0"])
            (id == other).ShouldBeFalse();
    }

    [Test]
    public async Task IdentifyBy_names_the_items()
    {
        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x.ToUpperInvariant()).RunAsync([new WorkItem<string>("a"), new WorkItem<string>("b") { Id = "own" }]);

        report.Results.Select(r => r.ItemId.ToString()).ShouldBe(["A", "own"]);
    }

    [Test]
    public async Task One_that_throws_or_gives_nothing_fails_that_item_alone()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x)
            .IdentifyBy(x => x == 2 ? throw new InvalidDataException("no id") : x == 3 ? default(ItemId) : x)
            .RunAsync([1, 2, 3, 4]).InTime();

        report.Results.Select(r => r.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Failed, ResultStatus.Failed, ResultStatus.Succeeded]);
        report.Results[1].Error.ShouldBeOfType<InvalidDataException>();
        report.Results[2].Error.ShouldNotBeNull();
        report.Snapshot.Fed.ShouldBe(4);
    }

    [Test]
    public async Task Ids_need_not_be_unique()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(_ => "same").RunAsync([1, 2, 3]);

        report.SucceededCount.ShouldBe(3);
        report.Results.ShouldAllBe(r => r.ItemId == "same");
    }

    [Test]
    public async Task Metadata_is_copied_when_the_item_is_fed()
    {
        var item = new WorkItem<int>(1) { Metadata = { ["k"] = 1 } };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        await run.FeedAsync([item]);
        item.Metadata["k"] = 2;
        run.Complete();

        (await run.Completion.InTime()).Results[0].Metadata["k"].ShouldBe(1);
    }

    [Test]
    public async Task After_so_many_failures_the_run_stops()
    {
        int taken = 0;
        IEnumerable<int> Items()
        {
            for (; taken < 100_000; taken++)
                yield return taken;
        }

        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", (int _) => throw new ArgumentException("wrong key"), 1)
            .RunAsync(Items(), new RunOptions { StopAfterFailures = 10 }).InTime();

        report.FailedCount.ShouldBe(10);
        taken.ShouldBeLessThan(100);
        report.CanceledCount.ShouldBe(report.Snapshot.Fed - 10);
        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
    }

    [Test]
    public async Task A_summary_keeps_the_first_failed_items_and_the_newest()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("A", (int x) => x < 0 ? x : throw new ArgumentException("a"), workers: 1, s => s.Retry = RetryPolicy.None)
            .RunAsync(Enumerable.Range(0, 3000));

        report.Errors.FirstFailedItems.Select(f => f.ItemId.ToString()).ShouldBe(Enumerable.Range(0, 20).Select(i => $"#{i}"));
        report.Errors.FailedItems.Select(f => f.ItemId.ToString()).ShouldBe(Enumerable.Range(2000, 1000).Select(i => $"#{i}"));
    }

    [Test]
    public async Task A_summary_counts_by_type_and_stage_and_prints_as_a_short_table()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("Fetch", (int x) => x % 3 == 0 ? throw new ArgumentException("a") : x)
            .Then("Save", (int x) => x % 3 == 1 ? throw new NotSupportedException("b") : x)
            .WithTimeProvider(_time)
            .RunAsync(Enumerable.Range(0, 10));
        ErrorSummary errors = report.Errors;

        errors.TotalFailed.ShouldBe(7);
        errors.ByType.ShouldBe(new Dictionary<string, long> { ["ArgumentException"] = 4, ["NotSupportedException"] = 3 }, ignoreOrder: true);
        errors.ByStage.ShouldBe(new Dictionary<string, long> { ["Fetch"] = 4, ["Save"] = 3 }, ignoreOrder: true);
        errors.FailedItems.Count.ShouldBe(7);
        FailedItem one = errors.FailedItems.Single(f => f.ItemId.ToString() == "#1");
        (one.ErrorType, one.Stage, one.Attempts, one.Timestamp).ShouldBe(("NotSupportedException", "Save", 1, _time.GetUtcNow()));
        foreach (string part in (string[])["7 failed items", "ArgumentException   ", "  4", "NotSupportedException  3", "Fetch  4", "Save   3"])
            errors.ToString().ShouldContain(part);
    }

    [Test]
    public async Task A_summary_without_errors_says_so()
    {
        (await Pipeline.RunAsync([1], (int x) => x)).Errors.ToString().ShouldBe("No errors");
    }

    [Test]
    public async Task The_newest_thousand_failed_items_are_kept_and_all_are_counted()
    {
        PipelineReport<int> report = await Pipeline.RunAsync(Enumerable.Range(0, 1500), (int _) => throw new ArgumentException("no"), options: new RunOptions { CollectResults = false });

        report.Errors.TotalFailed.ShouldBe(1500);
        report.Errors.FailedItems.Count.ShouldBe(1000);
        report.Errors.FailedItems[^1].ItemId.ToString().ShouldBe("#1499");
        report.Errors.FailedItems[0].ItemId.ToString().ShouldBe("#500");
    }
}
