using System.Text.Json;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Snapshots;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Data;

/// <summary>A snapshot that has been JSON is as good as before: the same JSON again, the same answers, the same texts.</summary>
public sealed class SnapshotsAsData
{
    [Test]
    public void Every_snapshot_comes_back_from_JSON_and_answers_as_before()
    {
        foreach (string culture in (string[])["", "de-DE"])
        {
            using (RoundTrip.In(culture))
            {
                for (int seed = 0; seed < 150; seed++)
                {
                    var drawn = new DrawnSnapshots(Dice.Of(seed));
                    RoundTrip.OfRun([.. Enumerable.Range(0, 3).Select(drawn.Draw)]);
                }
            }
        }
    }

    [TestCase("retry storm")]
    [TestCase("slow last stage")]
    [TestCase("paused")]
    public void Snapshots_of_a_simulated_run_tell_the_same_time_left_when_they_were_JSON(string kind)
    {
        StagePlan check = kind == "retry storm" ? new StagePlan("Check", 10, _ => 0.4) { Fails = 0.5, Attempts = 6, Delay = attempt => 0.5 * Math.Pow(2, attempt - 1) } : new StagePlan("Check", 3, random => 0.1 + random.NextDouble());
        var script = new RunScript(200, new StagePlan("Fetch", 8, random => random.NextDouble() / 3), check);
        (IReadOnlyList<PipelineSnapshot> trace, _) = SimulatedRun.Play(kind == "paused" ? script with { PausedFrom = 3, PausedUntil = 13 } : script, seed: 1);

        trace.Count.ShouldBeGreaterThan(20);
        RoundTrip.OfRun([.. trace.Select(snapshot => snapshot with { Errors = new ErrorSummary() })]);
    }

    [Test]
    public void Names_are_in_camel_case_and_enums_are_names()
    {
        string json = JsonSerializer.Serialize(Looks.Run(Looks.Stage("Fetch")) with { Errors = new ErrorSummary { Fault = new TimeoutException("slow") } }, AntFlowJsonContext.Default.PipelineSnapshot);

        json.ShouldStartWith("""{"runId":"run","timestamp":"2026-03-04T14:02:00+02:00",""");
        json.ShouldContain("\"phase\":\"Running\"");
        json.ShouldContain("""
            "errors":{"faultInfo":{"type":"System.TimeoutException","message":"slow","stackTrace":null,"inner":[]},"isEngineBroken":false,
            """);
    }

    [Test]
    public void Reflection_gives_the_same_JSON_and_reads_it()
    {
        PipelineSnapshot snapshot = new DrawnSnapshots(Dice.Of(7)).Draw();
        string json = JsonSerializer.Serialize(snapshot, AntFlowJsonContext.Default.PipelineSnapshot);

        JsonSerializer.Serialize(snapshot, JsonSerializerOptions.Web).ShouldBe(json);
        JsonSerializer.Serialize(JsonSerializer.Deserialize<PipelineSnapshot>(json, JsonSerializerOptions.Web), JsonSerializerOptions.Web).ShouldBe(json);
    }

    [Test]
    public void What_a_smaller_JSON_lacks_is_what_it_is_by_default()
    {
        PipelineSnapshot read = JsonSerializer.Deserialize("""
            {"runId":"r","timestamp":"2026-03-04T14:02:00+02:00","fed":1,"stages":[{"name":"Fetch","workers":2,"queued":5}],"workers":[],"errors":{}}
            """, AntFlowJsonContext.Default.PipelineSnapshot).ShouldNotBeNull();

        StageSnapshot stage = read.Stages[0];
        (stage.TaskCount, stage.MaxInFlight, stage.NextAttempts.Count, stage.Limits.Count, stage.RetryDelays.Count, stage.Times.Count, read.Links.Count).ShouldBe((1, null, 0, 0, 0, 0, 0));
        (read.Errors.ToString(), read.Errors.FailedItems.Count, read.Errors.ByType.Count).ShouldBe(("No errors", 0, 0));
        Bottleneck.Find(read).ToString().ShouldNotBeEmpty();
        new RemainingTimeEstimator().Add(read).ToString().ShouldNotBeEmpty();
    }

    [Test]
    public void What_is_said_about_snapshots_comes_back_as_well()
    {
        RoundTrip.Of(new Bottleneck(BottleneckKind.TaskLimit, "Fetch", "5 items of Fetch wait."), AntFlowJsonContext.Default.Bottleneck).ShouldBe(new Bottleneck(BottleneckKind.TaskLimit, "Fetch", "5 items of Fetch wait."));
        RoundTrip.Of(RemainingTime.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), AntFlowJsonContext.Default.RemainingTime).ShouldBe(RemainingTime.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        RoundTrip.Of(RemainingTime.Unknown("the run is paused"), AntFlowJsonContext.Default.RemainingTime).ShouldBe(RemainingTime.Unknown("the run is paused"));
        Should.Throw<ArgumentException>(() => new RemainingTime(TimeSpan.Zero, null, null));
        Should.Throw<ArgumentException>(() => new RemainingTime(null, null, null));
        Should.Throw<ArgumentException>(() => new RemainingTime(TimeSpan.Zero, TimeSpan.Zero, "why"));
        var counts = new StatusCounts { Queued = 1, InProgress = 2, Retrying = 3, Skipped = 4, Completed = 5, Failed = 6, Canceled = 7, Filtered = 8 };
        StatusCounts read = RoundTrip.Of(counts, AntFlowJsonContext.Default.StatusCounts);
        read.ShouldBe(counts);
        (read.Total, string.Join(' ', Enum.GetValues<ItemStatus>().Select(status => read[status]))).ShouldBe((36, "1 2 3 4 5 6 7 8"));
    }
}
