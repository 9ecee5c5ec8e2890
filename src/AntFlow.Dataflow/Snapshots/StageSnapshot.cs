using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>One stage at one instant.</summary>
public sealed record StageSnapshot
{
    /// <summary>The name of the stage.</summary>
    public required string Name { get; init; }

    /// <summary>How many workers it is to have.</summary>
    public required int Workers { get; init; }

    /// <summary>How many items may wait for a worker before whoever brings one waits (<c>StageOptions.QueueCapacity</c>). At least 1; null for no bound.</summary>
    public int? QueueCapacity { get; init; }

    /// <summary>Items that wait for a worker; those due again included.</summary>
    public long Queued { get; init; }

    /// <summary>Items that ran at a crash of the process and wait until fewer such items run (<see cref="Suspects"/>): they hold no worker, no place and no permit. Zero without checkpoints.</summary>
    public long Held { get; init; }

    /// <summary>The suspects of the stage that run or are held; null if there is none. Always null without checkpoints.</summary>
    public SuspectSnapshot? Suspects { get; init; }

    /// <summary>Items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>Items in the hands of workers, past their time included.</summary>
    public long InProgress { get; init; }

    /// <summary>Those of <see cref="InProgress"/> whose attempt is past its time and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>Items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Those of <see cref="Retrying"/> whose last call was throttled.</summary>
    public long Throttled { get; init; }

    /// <summary>When the first of <see cref="Retrying"/> is due; null if there is none.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The first of <see cref="Retrying"/>, in the order in which they are due. At most 5.</summary>
    public IReadOnlyList<WaitingItem> NextAttempts { get; init => field = value ?? []; } = [];

    /// <summary>Items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>How many items have come into the stage: <c>Queued + Held + Limited + InProgress + Retrying + Saving + Completed + Skipped + Failed + Canceled</c>.</summary>
    public long Arrived { get; init; }

    /// <summary>How many items it has handed on after running its tasks.</summary>
    public long Completed { get; init; }

    /// <summary>How many items it has handed on without running its tasks.</summary>
    public long Skipped { get; init; }

    /// <summary>How many items have failed in it.</summary>
    public long Failed { get; init; }

    /// <summary>How many items were canceled in it, or at its door.</summary>
    public long Canceled { get; init; }

    /// <summary>How many calls of its tasks were begun, refused ones included.</summary>
    public long Attempts { get; init; }

    /// <summary>How many of those calls were refused by throttling, and so were no attempts of their items.</summary>
    public long ThrottledCalls { get; init; }

    /// <summary>How long an item takes in the tasks of the stage, on average over all that were <see cref="Completed"/>: the time in user code of the calls that succeeded. Waiting
    /// (for a worker, a permit, the next attempt, room), calls that failed, and callbacks are not in it. Of items that take less than a millisecond a worker counts one in sixteen, for all of them. Null if there is none yet.</summary>
    public TimeSpan? AverageTime { get; init; }

    /// <summary>What 95 % of the items do not exceed of what <see cref="AverageTime"/> is the average of, to within 15 %. Null if there is none yet.</summary>
    public TimeSpan? P95Time { get; init; }

    /// <summary>The tasks with a limit (<c>maxConcurrency</c>), in their order. Empty if none has one.</summary>
    public IReadOnlyList<TaskLimitSnapshot> Limits { get; init => field = value ?? []; } = [];

    /// <summary>Workers that wait for room in the next stage, where their item is already queued; in the last stage, for the reader of the results.</summary>
    public int BlockedWorkers { get; init; }

    /// <summary>Whether the stage, or the whole run, is paused.</summary>
    public bool IsPaused { get; init; }

    /// <summary>How many tasks it has: so many calls take an item through. At least 1.</summary>
    public int TaskCount { get; init => field = Math.Max(1, value); } = 1;

    /// <summary>How many items it may have begun and not handed on, those that wait for their next attempt included (<c>StageOptions.MaxInFlight</c>); null for no bound.</summary>
    public int? Places { get; init; }

    /// <summary>Whether a worker stays idle for each item that waits because it was throttled.</summary>
    public bool IdlesForThrottled { get; init; }

    /// <summary>How long its policy lets an item wait after its first attempt, its second one, and so on; as many as there are further attempts, and not more than a few.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init => field = value ?? []; } = [];

    /// <summary>How long the workers were busy that were taken away, and are in <see cref="PipelineSnapshot.Workers"/> no more.</summary>
    public TimeSpan RemovedBusyTime { get; init; }

    /// <summary>How the times are spread of which <see cref="AverageTime"/> is the average: the buckets that are not empty, the shortest first. Empty if there is none yet.</summary>
    public IReadOnlyList<TimeBucket> Times { get; init => field = value ?? []; } = [];

    /// <summary>The stage, its workers, and where its items are, in the invariant culture.</summary>
    /// <returns>The text: one line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{CleanText.Of(Name)}, {Workers} workers, {BlockedWorkers} blocked{(IsPaused ? ", paused" : string.Empty)}: {Arrived} arrived, {Queued} queued, {Held} held, {Limited} limited, {InProgress} in progress, {Overdue} overdue, {Retrying} retrying, {Saving} saving, {Completed} completed, {Skipped} skipped, {Failed} failed, {Canceled} canceled, {Attempts} attempts, {ThrottledCalls} throttled");
}
