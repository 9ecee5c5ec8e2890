using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

/// <summary>An error of a function beside the tasks says which function of which stage it is of, wherever it is told of.</summary>
public sealed class FunctionsThatFail
{
    private readonly FakeLogCollector _log = new();

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_item_that_could_not_be_identified_failed_in_IdentifyBy(bool throws)
    {
        var thrown = new ArgumentException("no name");
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("Fetch", x => x)
            .IdentifyBy(x => x != 1 ? x : throws ? throw thrown : default(ItemId)));

        FailedItem failed = report.Errors.FailedItems.ShouldHaveSingleItem();
        (failed.Function, failed.Stage, failed.Attempts).ShouldBe(("IdentifyBy", "Fetch", 0));
        failed.Error.ShouldBeSameAs(report.Results[1].Error);
        if (throws)
            failed.Error.ShouldBeSameAs(thrown);
        Warning().ShouldBe("Fetch: item #1 failed in IdentifyBy");
    }

    [Test]
    public async Task An_item_whose_id_cannot_be_had_with_checkpoints_failed_in_IdentifyBy()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("Fetch", x => x)
            .IdentifyBy(x => x != 1 ? x : throw new ArgumentException("no name")).WithCheckpoints(new InMemoryCheckpointStore()));

        report.Errors.FailedItems.ShouldHaveSingleItem().Function.ShouldBe("IdentifyBy");
    }

    [Test]
    public async Task An_item_that_has_no_id_failed_in_no_function()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("Fetch", x => x).WithCheckpoints(new InMemoryCheckpointStore()).Build().Start(new RunOptions { RunId = "r" });
        await Waiting.UntilAsync(() => run.TryFeedOne(1));
        run.Complete();

        FailedItem failed = (await run.Completion.InTime()).Errors.FailedItems.ShouldHaveSingleItem();
        failed.Error.ShouldBeOfType<ItemIdMissingException>();
        failed.Function.ShouldBeNull();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_item_that_could_not_be_skipped_failed_in_SkipIf_or_in_SkipTo(bool isSkipIf)
    {
        string function = isSkipIf ? "SkipIf" : "SkipTo";
        var thrown = new InvalidDataException("odd");
        PipelineReport<string> report = await RunAsync(SkippingPipeline(isSkipIf, thrown));

        FailedItem failed = report.Errors.FailedItems.ShouldHaveSingleItem();
        (failed.ItemId.ToString(), failed.Function, failed.Stage).ShouldBe(("#1", function, "Save"));
        failed.Error.ShouldBeSameAs(thrown);
        report.Errors.ByFunction.ShouldBe(new Dictionary<string, long> { [$"{function} of Save"] = 1 });
        Warning().ShouldBe($"Save: item #1 failed in {function}");
    }

    [Test]
    public async Task The_function_is_known_as_well_where_the_failure_is_stored_first()
    {
        PipelineReport<string> report = await RunAsync(SkippingPipeline(isSkipIf: true, new InvalidDataException("odd")).IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore()));

        report.Errors.FailedItems.ShouldHaveSingleItem().Function.ShouldBe("SkipIf");
        Warning().ShouldBe("Save: item 1 failed in SkipIf");
    }

    [Test]
    public async Task A_tracker_knows_the_function_too()
    {
        var tracker = new StatusTracker();
        await RunAsync(SkippingPipeline(isSkipIf: true, new InvalidDataException("odd")).WithTracker(tracker));

        tracker.GetErrorSummary().FailedItems.ShouldHaveSingleItem().Function.ShouldBe("SkipIf");
        tracker.GetErrorSummary().ToString().ShouldContain("SkipIf of Save  1");
    }

    [Test]
    public async Task A_value_that_cannot_be_stored_failed_in_Serialize()
    {
        PipelineReport<Odd> report = await RunAsync(PipelineBuilder.Stage<int, Odd>("Make", x => new Odd(x)).IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore()));

        FailedItem failed = report.Errors.FailedItems.ShouldHaveSingleItem();
        (failed.ItemId.ToString(), failed.Function, failed.Stage).ShouldBe(("1", "Serialize", "Make"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_input_or_metadata_that_cannot_be_stored_failed_in_Serialize(bool isInput)
    {
        WorkItem<Odd> odd = new(new Odd(isInput ? 1 : 2)) { Id = 1 };
        if (!isInput)
            odd.Metadata["odd"] = 1f;
        PipelineReport<int> report = await PipelineBuilder.Stage<Odd, int>("Take", x => x.Number)
            .WithCheckpoints(new InMemoryCheckpointStore(), new CheckpointOptions { PersistInput = true }).RunAsync([odd], new RunOptions { RunId = "r" }).InTime();

        report.Errors.FailedItems.ShouldHaveSingleItem().Function.ShouldBe("Serialize");
    }

    [Test]
    public async Task An_error_of_another_run_that_IdentifyBy_throws_is_one_of_IdentifyBy()
    {
        PipelineReport<int> other = await PipelineBuilder.Stage<Odd, int>("Take", x => x.Number)
            .WithCheckpoints(new InMemoryCheckpointStore(), new CheckpointOptions { PersistInput = true })
            .RunAsync([new WorkItem<Odd>(new Odd(1)) { Id = 1 }], new RunOptions { RunId = "other" }).InTime();
        FailedItem unwritten = other.Errors.FailedItems.ShouldHaveSingleItem();
        unwritten.Function.ShouldBe("Serialize");

        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("Fetch", x => x).IdentifyBy(x => x != 1 ? x : throw unwritten.Error));

        report.Errors.FailedItems.ShouldHaveSingleItem().Function.ShouldBe("IdentifyBy");
    }

    [Test]
    public async Task A_task_is_no_function_beside_the_tasks()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("Fetch", x => x == 1 ? throw new ArgumentException("one") : x));

        report.Errors.FailedItems.ShouldHaveSingleItem().Function.ShouldBeNull();
        report.Errors.ByFunction.ShouldBeEmpty();
        report.Errors.ToString().ShouldNotContain("function");
        Warning().ShouldBe("Fetch: item #1 failed at attempt 1");
    }

    [Test]
    public async Task Summary_and_report_name_the_function_and_its_stage()
    {
        PipelineReport<string> report = await RunAsync(SkippingPipeline(isSkipIf: true, new InvalidDataException("odd")));

        report.Errors.ToString().ShouldContain($"By function:{Environment.NewLine}  SkipIf of Save  1");
        report.ToString().ShouldContain("#1 in SkipIf of Save after 0 attempts: InvalidDataException: odd");
        Should.Throw<PipelineFailedException>(report.ThrowIfFailed).Message.ShouldContain("in SkipIf of stage 'Save'");
    }

    [Test]
    public async Task A_callback_that_throws_is_named_with_its_stage()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("Fetch", x => x, 1, s => s.OnSuccess = (item, _) => item.Value == 1 ? throw new InvalidDataException("mail") : default));

        report.Errors.ToString().ShouldContain("1 failed callback: OnSuccess of Fetch");
        report.ToString().ShouldContain("1 failed callback: OnSuccess of Fetch: InvalidDataException: mail");
        Warning().ShouldBe("OnSuccess threw (Fetch, item #1); no result was changed");
    }

    [Test]
    public async Task A_policy_that_throws_is_named_with_what_follows_and_the_item_keeps_the_error_of_its_task()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>(
            "Fetch", x => x == 1 ? throw new TimeoutException("task") : x, 1, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero) with { ShouldRetry = _ => throw new InvalidDataException("policy") }));

        FailedItem failed = report.Errors.FailedItems.ShouldHaveSingleItem();
        (failed.Function, failed.Error.Message, failed.Attempts).ShouldBe((null, "task", 1));
        report.Errors.ToString().ShouldContain("RetryPolicy of Fetch");
        _log.GetSnapshot().Select(line => line.Message).ShouldContain("RetryPolicy threw (Fetch, item #1); the item fails with the error of its task, without another attempt");
    }

    private static PipelineBuilder<int, string> SkippingPipeline(bool isSkipIf, Exception thrown) => PipelineBuilder.Stage<int, int>("Fetch", x => x).Then("Save", (int x) => $"{x}", 1, s =>
    {
        s.SkipIf = x => x == 1 && (isSkipIf ? throw thrown : true);
        s.SkipTo = _ => throw thrown;
    });

    private Task<PipelineReport<TOut>> RunAsync<TOut>(PipelineBuilder<int, TOut> builder) => builder
        .WithLogging(LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log))))
        .RunAsync([0, 1, 2], new RunOptions { RunId = "r" }).InTime();

    private string Warning() => _log.GetSnapshot().Single(line => line.Level == LogLevel.Warning).Message;

    private sealed record Odd(int Number)
    {
        [JsonInclude]
        public int Checked => Number == 1 ? throw new InvalidDataException("one is odd") : 0;
    }
}
