using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>A run at one instant: where every item is. It adds up exactly:
/// <c>Fed = Queued + Held + Limited + InProgress + Retrying + Saving + Blocked + Succeeded + Failed + Canceled</c>.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>The name of the run (<c>RunOptions.RunId</c>).</summary>
    public required string RunId { get; init; }

    /// <summary>When it was taken, by the run's clock.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>When the run was started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>From <see cref="StartedAt"/> to <see cref="Timestamp"/>, by the run's clock. Not negative. Goes on after the end; how long the run took is in its report.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How far the run is on its way to its end.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>Whether the whole run is paused. Pauses of single stages do not count, be it all of them.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Whether more items may come: the run was not completed, stopped or canceled, or a feed call is still on its way. Once false, <see cref="Fed"/> stays what it is.</summary>
    public bool IsInputOpen { get; init; }

    /// <summary>How many items there will be, those that were ignored so far (<see cref="Duplicates"/>) taken off; null where it is not known, as with streams and runs that are fed by hand.</summary>
    public long? Total { get; init; }

    /// <summary>How many items were accepted. Counted at acceptance, not derived.</summary>
    public required long Fed { get; init; }

    /// <summary>How many items were ignored because another one has their id (<see cref="OnDuplicate.Ignore"/>). They are in no other count. Zero without that.</summary>
    public long Duplicates { get; init; }

    /// <summary>Items that wait for a worker.</summary>
    public long Queued { get; init; }

    /// <summary>Items that ran at a crash of the process and wait until fewer such items run (<see cref="Suspects"/>). Zero without checkpoints.</summary>
    public long Held { get; init; }

    /// <summary>The suspects that run or are held, over all stages; null if there is none. Always null without checkpoints.</summary>
    public SuspectSnapshot? Suspects { get; init; }

    /// <summary>Items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>Items in the hands of workers.</summary>
    public long InProgress { get; init; }

    /// <summary>Those of <see cref="InProgress"/> whose attempt is past its time and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>Items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>Succeeded items beyond the bound of a slow reader of results.</summary>
    public long Blocked { get; init; }

    /// <summary>Items that have passed all stages.</summary>
    public long Succeeded { get; init; }

    /// <summary>Items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Items that were canceled.</summary>
    public long Canceled { get; init; }

    /// <summary>The stages, in their order.</summary>
    public required IReadOnlyList<StageSnapshot> Stages { get; init; }

    /// <summary>The ways from stage to stage, and out of the last one to the results. Counted at the same instant as all else. Empty for a run of which nothing is known but its counts.</summary>
    public IReadOnlyList<StageLinkSnapshot> Links { get; init => field = value ?? []; } = [];

    /// <summary>The workers, by stage and number. Those taken away that still run are among them.</summary>
    public required IReadOnlyList<WorkerSnapshot> Workers { get; init; }

    /// <summary>What went wrong so far.</summary>
    public required ErrorSummary Errors { get; init; }

    /// <summary>Whether the run is still being opened in the store of its checkpoints: feeders wait until it is.</summary>
    public bool IsStoreOpening { get; init; }

    /// <summary>Since when the store of the checkpoints has failed; null while it works, and without checkpoints.</summary>
    public DateTimeOffset? StoreFailingSince { get; init; }

    /// <summary>What the store fails with; null while it works, and without checkpoints.</summary>
    public string? StoreError { get; init; }

    /// <summary>Whether a feed call is under way.</summary>
    public bool IsFeeding { get; init; }

    /// <summary>Whether results that are read in input order hold the feeder back.</summary>
    public bool IsFeederHeld { get; init; }

    /// <summary>Whether an observer of the run, such as the callbacks of a tracker, is behind, so that workers and feeders wait for it.</summary>
    public bool IsObserverBehind { get; init; }

    /// <summary>The feed call that has waited longest for room, of those that the code of the run makes; null if none waits.</summary>
    public WaitingFeed? OwnFeed { get; init; }

    /// <summary>How the stages are linked. Default: a line; so it is as well for a copy with another number of stages.</summary>
    internal GraphShape Shape { get => field is not null && field.Count == Stages.Count ? field : new GraphShape(Stages.Count); init; }

    /// <summary>The run, how far it is, and where its items are, in the invariant culture.</summary>
    /// <returns>The text: one line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Run {CleanText.Of(RunId)}, {Phase} at {Timestamp:O}: {Fed} fed, {Queued} queued, {Held} held, {Limited} limited, {InProgress} in progress, {Retrying} retrying, {Saving} saving, {Blocked} blocked, {Succeeded} succeeded, {Failed} failed, {Canceled} canceled");

    /// <summary>The same of a run in which so many items were ignored: they will not be items.</summary>
    internal PipelineSnapshot Without(long duplicates) =>
        duplicates == 0 ? this : this with { Duplicates = duplicates, Total = Total is { } total ? Math.Max(0, total - duplicates) : null };
}
