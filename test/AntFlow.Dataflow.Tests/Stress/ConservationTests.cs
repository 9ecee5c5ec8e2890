using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Promise 1, and whatever else must hold at every moment of every run, over random pipelines, faults and interventions.</summary>
/// <remarks>A <see cref="Session"/> says what the environment can ask for.</remarks>
[NonParallelizable]
internal sealed class ConservationTests
{
    private static readonly string[] _required =
    [
        "Caller.has an AsyncLocal", "Caller.has none", .. GraphCoverage.Required,
        .. Coverage.All<Fault>(), .. Coverage.All<Move>(), .. Coverage.All<ResultStatus>(), .. Coverage.All<Reading>(), .. Coverage.All<FeedShape>(),
        .. Coverage.All<RunShape>(), .. Coverage.All<Clock>(), .. Coverage.All<LogShape>(), .. Coverage.All<TrackShape>(), .. Coverage.All<DisplayShape>(),
        "ResultStatus.Abandoned", "Feed.closed", "Feed.canceled", "Feed.source threw", "Feed.refused", "Feed.null", "Feed.together", "Offer.accepted", "Offer.declined", "Run.canceled", "Run.input threw", "Stream.canceled", "Stream.input threw",
        "Stream.left", "Stream.read", "Reader.left", "Reader.canceled", "Snapshot.taken", "Callback.OnSuccess", "Callback.OnFailure", "Function.skipped",
        "Duplicates.not looked at", "Duplicates.failed", .. Coverage.All<RunShape>().Select(shape => $"Duplicates.ignored by {shape.Split('.')[1]}"), "Function.IdentifyBy gave nothing", "Throws.ShouldRetry", "Throws.DelayFor", "Throws.IsThrottle", "Throws.SkipIf", "Throws.SkipTo", "Throws.IdentifyBy",
        "Throws.OnSuccess", "Throws.OnFailure", "Throws.OnStatusChange", "Throws.OnStart", "Throws.OnUpdate", "Throws.OnFinish",
    ];

    [Test]
    public async Task Every_accepted_item_ends_in_exactly_one_result_whatever_happens()
    {
        await new Session(cases: 380, _required).PlayAsync(PlanDrawing.Draw, (plan, coverage) => new Case(plan, coverage));
    }
}
