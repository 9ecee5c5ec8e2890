using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Promises 1 and 8 over the starts of a run: every accepted item ends in exactly one result, no finished stage is repeated, nothing that is done once is done twice.</summary>
/// <remarks>A <see cref="Session"/> says what the environment can ask for.</remarks>
[NonParallelizable]
internal sealed class SurvivalTests
{
    private static readonly string[] _storeCalls =
    [
        nameof(ICheckpointStore.OpenRunAsync), nameof(ICheckpointRun.WriteAsync), nameof(ICheckpointRun.FindItemAsync), nameof(ICheckpointRun.ReadItemsAsync),
        nameof(ICheckpointRun.FindStepAsync), nameof(ICheckpointRun.ReadChunksAsync), nameof(ICheckpointRun.ReadOncesAsync), nameof(ICheckpointRun.MarkStartedAsync),
        nameof(ICheckpointRun.ForgetInterruptedAsync),
    ];

    private static readonly string[] _required =
    [
        .. Coverage.All<LifeShape>(), .. Coverage.All<LifeEnd>(), .. Coverage.All<LifeFeedShape>(), .. Coverage.All<Deed>(), .. Coverage.All<ResultStatus>(),
        .. Enum.GetValues<Move>().Where(move => move < Move.Complete).Select(move => $"Move.{move}"),
        .. _storeCalls.SelectMany(method => new[] { $"{method}.fails before", $"{method}.fails after" }), "DisposeAsync.fails after",
        .. GraphCoverage.OfGraphs, "Poll.again", "Poll.after", "Snapshot.Polling", "Resumed.polling", "Resumed.polling in time", "Resumed.filtered out", "Resumed.in a branch", "Resumed.behind a branch", "Failed.NoRouteException", "Failed.JobFailedException",
        "Stopped polling.Killed", "Stopped polling.StoppedAfterStage", "Stopped polling.StoppedAfterItem", "Stopped polling.Canceled", "Branch.fed into", "Failed.NoRouteException, in an earlier life",
        "Once.body", "Once.found", "Once.not found", "Once.again", "Once.answered again", "Once.forgotten", "Once.uncertain",
        "Resumed.items", "Resumed.not fed", "Resumed.attempts", "Resumed.delay", "PersistInput.brought back", "PersistInput.through", "Suspects.ran", "Suspects.ran together",
        "LifeEnd.as planned", "Duplicates.ignored", "Stopped.after a failed attempt", "Stopped.throttled",
        "Snapshot.Saving", "Snapshot.Limited", "Snapshot.Quarantined", "Snapshot.StoreFailingSince", "Function.skipped", "Callback.OnSuccess", "Callback.OnFailure", "Feed.closed", "Feed.refused",
        "Throws.SkipIf", "Throws.SkipTo", "Throws.ShouldRetry", "Throws.IsThrottle", "Throws.OnSuccess", "Throws.OnFailure", "Throws.find",
        "Failed.DuplicateItemException", "Failed.CheckpointException", "Failed.AttemptTimeoutException", "Failed.UncertainAnswerException", "Failed.ProcessCrashed, in an earlier life",
    ];

    [Test]
    public async Task No_life_repeats_what_an_earlier_one_has_finished_and_no_item_is_lost()
    {
        await new Session(cases: 400, _required).PlayAsync(SurvivalDrawing.Draw, (plan, coverage) => new Survivor(plan, coverage));
    }
}
