using System.Text.Json;
using AntFlow.Dataflow.Tests.Conventions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Data;

/// <summary>Results and reports with values of one's own, by a context of one's own.</summary>
public sealed class ResultsAsData
{
    private static readonly PipelineResult<Page> _failed = new()
    {
        ItemId = "b",
        Sequence = 1,
        Status = ResultStatus.Failed,
        Error = new TimeoutException("slow"),
        Stage = "Fetch",
        StageInput = new Uri("https://example.org/"),
        Attempts = 3,
    };

    [Test]
    public void A_result_is_made_by_hand_in_one_expression()
    {
        var good = new PipelineResult<Page> { ItemId = "a", Stage = "Parse", Value = new Page("Ants", 12) };
        (good.IsSuccess, good.Status, good.Error, good.ErrorInfo, good.StageInput, good.WasAbandoned, good.Metadata.Count).ShouldBe((true, ResultStatus.Succeeded, null, null, null, false, 0));
        good.ToString().ShouldBe("a Succeeded in Parse after 0 attempts and 00:00:00: Page { Title = Ants, Words = 12 }");

        (_failed.IsSuccess, _failed.Status, _failed.Value).ShouldBe((false, ResultStatus.Failed, null));
        _failed.ToString().ShouldBe("b Failed in Fetch after 3 attempts and 00:00:00: TimeoutException: slow");
        var canceled = new PipelineResult<Page> { ItemId = "c", Stage = "Fetch", Error = new OperationCanceledException("stopped"), Status = ResultStatus.Canceled, WasAbandoned = true };
        (canceled.IsSuccess, canceled.Status, canceled.Error!.Message, canceled.WasAbandoned).ShouldBe((false, ResultStatus.Canceled, "stopped", true));
        new PipelineResult<Page> { ItemId = "d", Stage = "Fetch", Error = new TimeoutException() }.Status.ShouldBe(ResultStatus.Failed);
        new PipelineResult<Page> { ItemId = "d", Stage = "Fetch", Status = ResultStatus.Canceled }.Error.ShouldNotBeNull().Message.ShouldBe("The error is unknown.");
        (canceled with { Status = ResultStatus.Succeeded }).Error.ShouldBeNull();
        (good with { Error = new TimeoutException() }).Status.ShouldBe(ResultStatus.Failed);
    }

    [Test]
    public void Results_come_back_from_JSON_with_values_of_my_own()
    {
        PipelineResult<Page>[] results =
        [
            new() { ItemId = "a", Stage = "Parse", Value = new Page("Ants", 12), Attempts = 1, Elapsed = TimeSpan.FromTicks(12_345_678), Metadata = new Dictionary<string, object?> { ["tenant"] = "a" } },
            _failed,
            new() { ItemId = ItemId.Automatic(2), Stage = "Fetch", Status = ResultStatus.Canceled, Error = new OperationCanceledException("stopped"), WasAbandoned = true, Elapsed = TimeSpan.MaxValue },
        ];
        foreach (PipelineResult<Page> result in results)
        {
            PipelineResult<Page> read = RoundTrip.Of(result, PageJsonContext.Default.PipelineResultPage);
            (read.ItemId, read.Status, read.IsSuccess, read.Value, read.Stage, read.Attempts, read.Elapsed, read.WasAbandoned)
                .ShouldBe((result.ItemId, result.Status, result.IsSuccess, result.Value, result.Stage, result.Attempts, result.Elapsed, result.WasAbandoned));
            read.Metadata.ShouldBe(result.Metadata);
            (read.Error is StoredFailureException).ShouldBe(!result.IsSuccess);
        }

        RoundTrip.Of(_failed, PageJsonContext.Default.PipelineResultPage).StageInput.ShouldBe(new ShownValue("System.Uri", "https://example.org/"));
    }

    [Test]
    public async Task A_report_comes_back_from_JSON_and_prints_and_throws_as_before()
    {
        PipelineReport<Page> report = await PipelineBuilder
            .Stage<string, string>("Fetch", x => x == "bad" ? throw new InvalidDataException("no page", new FormatException("no head")) : x, workers: 2, s => s.Retry = RetryPolicy.None)
            .Then("Parse", x => new Page(x, x.Length))
            .IdentifyBy(x => x)
            .Build().RunAsync(["ants", "bad", "bees"], new RunOptions { RunId = "nightly" });
        PipelineReport<Page> read = RoundTrip.Of(report, PageJsonContext.Default.PipelineReportPage);

        read.Results.Select(result => result.ToString()).ShouldBe(report.Results.Select(result => result.ToString()));
        RoundTrip.ShouldPrintAlike(report.Errors, read.Errors);
        (read.SucceededCount, read.FailedCount, read.Elapsed, read.Snapshot.RunId).ShouldBe((2, 1, report.Elapsed, "nightly"));
        read.Results[1].Error.ShouldBeOfType<StoredFailureException>().OriginalType.ShouldBe("InvalidDataException");
        read.Results[1].ErrorInfo.ShouldBe(report.Results[1].ErrorInfo);
        read.Results[1].StageInput.ShouldBe(new ShownValue("System.String", "bad"));
        Should.Throw<PipelineFailedException>(read.ThrowIfFailed).Message.ShouldBe(Should.Throw<PipelineFailedException>(report.ThrowIfFailed).Message);
        RoundTrip.Of(read.Snapshot).ToString().ShouldBe(report.Snapshot.ToString());
    }

    [Test]
    public void A_report_that_was_made_by_hand_prints_itself()
    {
        var errors = new ErrorSummary { Fault = new IOException("disk full"), IsEngineBroken = false };
        var snapshot = new PipelineSnapshot { RunId = "r", Timestamp = default, Phase = RunPhase.Ended, Fed = 1, Failed = 1, Stages = [], Workers = [], Errors = errors };
        var report = new PipelineReport<Page> { Results = [_failed], Errors = errors, Snapshot = snapshot, Elapsed = TimeSpan.FromSeconds(1), Fault = errors.Fault, WasStopped = true, NotTakenCount = 3 };

        report.ToString().ShouldStartWith("The run could not continue: disk full");
        RoundTrip.Of(report, PageJsonContext.Default.PipelineReportPage).Fault.ShouldBeOfType<StoredFailureException>().OriginalType.ShouldBe("IOException");
    }

    [Test]
    public void Metadata_come_back_as_the_types_they_were_and_others_are_shown()
    {
        var metadata = new Dictionary<string, object?>
        {
            ["null"] = null,
            ["text"] = "ä☾",
            ["flag"] = true,
            ["int"] = 17,
            ["long"] = long.MaxValue,
            ["double"] = double.NaN,
            ["decimal"] = 1.10m,
            ["guid"] = Guid.Empty,
            ["time"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            ["date"] = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            ["span"] = TimeSpan.MinValue,
        };
        var result = new PipelineResult<Page> { ItemId = 1, Stage = "A", Metadata = metadata };
        RoundTrip.Of(result, PageJsonContext.Default.PipelineResultPage).Metadata.ShouldBe(metadata);
        JsonSerializer.Serialize(result, PageJsonContext.Default.PipelineResultPage).ShouldContain("\"int\":[\"int\",17]");

        var odd = new Dictionary<string, object?> { ["own"] = new Page("Ants", 1), ["float"] = 1.5f, ["hostile"] = new Hostile(), ["half \ud800"] = "half \ud800", ["half \udfff"] = 2, ["bytes"] = (byte[])[1, 2] };
        using (RoundTrip.In("de-DE"))
        {
            IReadOnlyDictionary<string, object?> read = RoundTrip.Of(result with { Metadata = odd }, PageJsonContext.Default.PipelineResultPage).Metadata;
            read.Keys.ShouldBe(["own", "float", "hostile", "half \ufffd", "bytes"]);
            read["own"].ShouldBe(new ShownValue(typeof(Page).FullName!, "Page { Title = Ants, Words = 1 }"));
            read["float"].ShouldBe(new ShownValue("System.Single", "1.5"));
            read["hostile"].ShouldBeOfType<ShownValue>().Text.ShouldBe("ToString threw: InvalidOperationException: no text");
            read["half \ufffd"].ShouldBe(new ShownValue("System.String", "half \ufffd"));
            read["bytes"].ShouldBeOfType<byte[]>().ShouldBe([1, 2]);
        }
    }

    [TestCase("""{"a":17}""")]
    [TestCase("""{"a":["int"]}""")]
    [TestCase("""{"a":["int","x"]}""")]
    [TestCase("""{"a":["unheard of",1]}""")]
    [TestCase("""{"a":[]}""")]
    [TestCase("""["a"]""")]
    public void Metadata_of_another_form_are_refused(string metadata) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize($$"""{"itemId":"n:1","stage":"A","metadata":{{metadata}}}""", PageJsonContext.Default.PipelineResultPage));

    [Test]
    public void The_page_of_the_docs_declares_the_context_of_this_test()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "data.md"));
        string[] declared = [.. File.ReadAllLines(Path.Combine(Repository.Root, "test", "AntFlow.Dataflow.Tests", "Data", "OwnContext.cs")).SkipWhile(line => !line.StartsWith("public sealed record", StringComparison.Ordinal))];

        declared.Length.ShouldBe(5);
        page.ShouldContain(string.Join('\n', declared));
    }

    private sealed class Hostile
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }
}
