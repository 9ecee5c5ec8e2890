using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>A snapshot of a run: where every item is at one instant. The counts add up exactly:
/// <c>Fed = Queued + Quarantined + Limited + InProgress + Retrying + Polling + Saving + Blocked + Succeeded + Failed + Canceled + Filtered</c>.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>The name of the run (<c>RunOptions.RunId</c>).</summary>
    public required string RunId { get; init; }

    /// <summary>When the snapshot was taken, by the run's clock.</summary>
    /// <remarks>Measured from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>When the run was started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The time from <see cref="StartedAt"/> to <see cref="Timestamp"/>, by the run's clock. Not negative. It also grows after the end of the run; the duration of the run is in its
    /// report.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The phase of the run.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>Whether the whole run is paused. It is false if only single stages are paused, even if all of them are.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Whether more items may arrive: the run was not completed, stopped or canceled, or a feed call is still running. Once it is false, <see cref="Fed"/> does not change any
    /// more.</summary>
    public bool IsInputOpen { get; init; }

    /// <summary>The number of items to expect, without those that were ignored so far (<see cref="Duplicates"/>); null if it is unknown, as with streams and runs that you feed yourself.</summary>
    public long? Total { get; init; }

    /// <summary>The number of accepted items. It is counted at acceptance, not derived from the other counts.</summary>
    public required long Fed { get; init; }

    /// <summary>The number of items that were ignored because another item has their id (<see cref="DuplicateHandling.Ignore"/>). They are in no other count. Otherwise zero.</summary>
    public long Duplicates { get; init; }

    /// <summary>The number of items that wait for a worker.</summary>
    public long Queued { get; init; }

    /// <summary>The number of items that ran at a crash of the process and wait until fewer such items run (<see cref="Suspects"/>). Zero without checkpoints.</summary>
    public long Quarantined { get; init; }

    /// <summary>The suspects that run or are held, over all stages; null if there are none. Always null without checkpoints.</summary>
    public SuspectSnapshot? Suspects { get; init; }

    /// <summary>The number of items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>The number of items that workers are processing.</summary>
    public long InProgress { get; init; }

    /// <summary>The number of items in <see cref="InProgress"/> whose attempt has exceeded its time limit and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>The number of items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>The number of items that wait for the next look of a stage that polls (<c>ThenPoll</c>). They hold no worker.</summary>
    public long Polling { get; init; }

    /// <summary>The number of items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>The number of succeeded items beyond the bound of a slow reader of results.</summary>
    public long Blocked { get; init; }

    /// <summary>The number of items that have passed all stages.</summary>
    public long Succeeded { get; init; }

    /// <summary>The number of items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>The number of items that were canceled.</summary>
    public long Canceled { get; init; }

    /// <summary>The number of items that a filter (<c>ThenWhere</c>) did not let through.</summary>
    public long Filtered { get; init; }

    /// <summary>The stages, in their order.</summary>
    public required IReadOnlyList<StageSnapshot> Stages { get; init; }

    /// <summary>The links from stage to stage, and from the last stage to the results. They are counted at the same instant as all other values. Empty if only the counts of the run are
    /// known.</summary>
    public IReadOnlyList<StageLinkSnapshot> Links { get; init => field = value ?? []; } = [];

    /// <summary>The workers, ordered by stage and number. Removed workers that still run are included.</summary>
    public required IReadOnlyList<WorkerSnapshot> Workers { get; init; }

    /// <summary>The errors so far.</summary>
    public required ErrorSummary Errors { get; init; }

    /// <summary>Whether the run is still being opened in the checkpoint store. Feeders wait until it is open.</summary>
    public bool IsStoreOpening { get; init; }

    /// <summary>The time since which the checkpoint store has been failing; null while it works, and without checkpoints.</summary>
    public DateTimeOffset? StoreFailingSince { get; init; }

    /// <summary>The error of the checkpoint store; null while it works, and without checkpoints.</summary>
    public string? StoreError { get; init; }

    /// <summary>Whether a feed call is running.</summary>
    public bool IsFeeding { get; init; }

    /// <summary>Whether results that are read in input order hold the feeder back.</summary>
    public bool IsFeederBlocked { get; init; }

    /// <summary>Whether an observer of the run, such as the callbacks of a tracker, cannot keep up, so that workers and feeders wait for it.</summary>
    public bool IsObserverBehind { get; init; }

    /// <summary>The feed call that has waited longest for room, among those that the run's own code makes; null if none waits.</summary>
    public WaitingFeed? OwnFeed { get; init; }

    /// <summary>How the stages are linked, by <see cref="Links"/>. A line if there are none.</summary>
    internal GraphShape GetShape()
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        foreach ((int index, StageSnapshot stage) in Stages.Index())
            numbers.TryAdd(stage.Name, index);
        ILookup<string, int> targets = Links.ToLookup(link => link.From, link => link.To is null ? Stages.Count : numbers.GetValueOrDefault(link.To, Stages.Count), StringComparer.Ordinal);
        return new GraphShape([.. Stages.Select((stage, index) => targets[stage.Name].ToArray() is { Length: > 0 } found ? found : (IReadOnlyList<int>)[index + 1])]);
    }

    /// <summary>Returns the run, its phase, and where its items are, in the invariant culture.</summary>
    /// <returns>The text: one line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Run {CleanText.Of(RunId)}, {Phase} at {Timestamp:O}: {Fed} fed, {Queued} queued, {Quarantined} quarantined, {Limited} limited, {InProgress} in progress, {Retrying} retrying, {Polling} polling, {Saving} saving, {Blocked} blocked, {Succeeded} succeeded, {Failed} failed, {Canceled} canceled, {Filtered} filtered");

    /// <summary>Returns the stages with their counts, and their links with the number of items that have passed each, as a Mermaid flowchart, which GitHub, GitLab and many editors draw. Counts of
    /// zero are left out.</summary>
    /// <returns>The text of the chart, from <c>flowchart LR</c> on; for a snapshot without stages only that line and the input.</returns>
    public string ToMermaid() => SnapshotChart.Of(this);

    /// <summary>Returns the same snapshot for a run in which so many items were ignored, without these in the expected total.</summary>
    internal PipelineSnapshot Without(long duplicates) =>
        duplicates == 0 ? this : this with { Duplicates = duplicates, Total = Total is { } total ? Math.Max(0, total - duplicates) : null };
}
