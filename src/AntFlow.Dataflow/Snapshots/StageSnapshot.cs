using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>A snapshot of one stage.</summary>
public sealed record StageSnapshot
{
    /// <summary>The name of the stage.</summary>
    public required string Name { get; init; }

    /// <summary>The configured number of workers.</summary>
    public required int Workers { get; init; }

    /// <summary>The number of items that may wait for a worker before feeders and workers of the previous stage wait (<c>StageOptions.QueueCapacity</c>). At least 1; null if it is
    /// unlimited.</summary>
    public int? QueueCapacity { get; init; }

    /// <summary>The number of items that wait for a worker, including items whose next attempt is due.</summary>
    public long Queued { get; init; }

    /// <summary>The number of items in <see cref="Queued"/> that wait because another item of their key is in the stage (<c>StageOptions.SerialBy</c>).</summary>
    public long AwaitingKey { get; init; }

    /// <summary>The number of items that ran at a crash of the process and wait until fewer such items run (<see cref="Suspects"/>). They occupy no worker, no place and no permit. Zero without
    /// checkpoints.</summary>
    public long Quarantined { get; init; }

    /// <summary>The suspects of the stage that run or are held; null if there are none. Always null without checkpoints.</summary>
    public SuspectSnapshot? Suspects { get; init; }

    /// <summary>The number of items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>The number of items that workers are processing, including those that have exceeded their time limit.</summary>
    public long InProgress { get; init; }

    /// <summary>The number of items in <see cref="InProgress"/> whose attempt has exceeded its time limit and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>The number of items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>The number of items that wait for the next look of a stage that polls (<c>ThenPoll</c>). They hold no worker, but a place each (<see cref="MaxInFlight"/>).</summary>
    public long Polling { get; init; }

    /// <summary>When the next look is due; null if no item waits for one.</summary>
    public DateTimeOffset? NextLookAt { get; init; }

    /// <summary>The number of items in <see cref="Retrying"/> whose last call was throttled.</summary>
    public long Throttled { get; init; }

    /// <summary>When the first item in <see cref="Retrying"/> is due; null if there is none.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The first items in <see cref="Retrying"/>, in the order in which they are due. At most 5.</summary>
    public IReadOnlyList<WaitingItem> NextAttempts { get; init => field = value ?? []; } = [];

    /// <summary>The number of items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>The number of items that have entered the stage: <c>Queued + Quarantined + Limited + InProgress + Retrying + Polling + Saving + Completed + Skipped + Failed + Canceled + Filtered</c>.</summary>
    public long Arrived { get; init; }

    /// <summary>The number of items that the stage has handed on after running its tasks.</summary>
    public long Completed { get; init; }

    /// <summary>The number of items that the stage has handed on without running its tasks.</summary>
    public long Skipped { get; init; }

    /// <summary>The number of items that have failed in the stage.</summary>
    public long Failed { get; init; }

    /// <summary>The number of items that were canceled in the stage or while they waited to enter it.</summary>
    public long Canceled { get; init; }

    /// <summary>The number of items that the filter did not let through. Zero unless the stage is a filter (<c>ThenWhere</c>).</summary>
    public long Filtered { get; init; }

    /// <summary>The number of calls of its tasks that were started, including throttled ones.</summary>
    public long Attempts { get; init; }

    /// <summary>The number of those calls that were throttled, and so did not count as attempts of their items.</summary>
    public long ThrottledCalls { get; init; }

    /// <summary>The average time that the tasks of the stage take for an item, over all <see cref="Completed"/> and <see cref="Filtered"/> items: the time in user code of the successful calls. It does not include waiting
    /// (for a worker, a permit, the next attempt, room), failed calls or callbacks. If items take less than a millisecond, a worker measures one in sixteen of them as a sample. Null if there is
    /// no such item yet.</summary>
    public TimeSpan? AverageTime { get; init; }

    /// <summary>The 95th percentile of the times averaged by <see cref="AverageTime"/>, accurate to about 15 %. Null if there is no such item yet.</summary>
    public TimeSpan? P95Time { get; init; }

    /// <summary>The tasks with a limit (<c>maxConcurrency</c>), in their order. Empty if there are none.</summary>
    public IReadOnlyList<TaskLimitSnapshot> Limits { get; init => field = value ?? []; } = [];

    /// <summary>The number of workers that wait for room in the next stage, where their item is already queued; in the last stage, for the reader of the results.</summary>
    public int BlockedWorkers { get; init; }

    /// <summary>Whether the stage, or the whole run, is paused.</summary>
    public bool IsPaused { get; init; }

    /// <summary>What the stage does beyond running its tasks: <c>Where</c>, <c>Switch</c> or <c>Poll</c>; null for nothing.</summary>
    public string? Kind { get; init; }

    internal bool Polls => string.Equals(Kind, nameof(StageKind.Poll), StringComparison.Ordinal);

    /// <summary>In how many branches of switches the stage is.</summary>
    public int Depth { get; init; }

    /// <summary>The number of tasks of the stage, and so of calls per item. At least 1.</summary>
    public int TaskCount { get; init => field = Math.Max(1, value); } = 1;

    /// <summary>The number of items that may be in progress or wait for their next attempt (<c>StageOptions.MaxInFlight</c>); null if it is unlimited.</summary>
    public int? MaxInFlight { get; init; }

    /// <summary>Whether a worker stays idle for each item that waits because it was throttled.</summary>
    public bool IdlesForThrottled { get; init; }

    /// <summary>The delays of the retry policy after the first attempt of an item, the second one, and so on. There are as many as further attempts, limited to a few.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init => field = value ?? []; } = [];

    /// <summary>The total busy time of workers that were removed and are no longer in <see cref="PipelineSnapshot.Workers"/>.</summary>
    public TimeSpan RemovedBusyTime { get; init; }

    /// <summary>The distribution of the times averaged by <see cref="AverageTime"/>: the buckets that are not empty, the shortest first. Empty if there is no such item yet.</summary>
    public IReadOnlyList<TimeBucket> Times { get; init => field = value ?? []; } = [];

    /// <summary>How long the items that have passed a stage that polls were in it, from the moment at which a worker first took each until its final answer: the buckets that are not empty, the
    /// shortest first. Empty if the stage does not poll, or no item has passed it yet.</summary>
    public IReadOnlyList<TimeBucket> PollTimes { get; init => field = value ?? []; } = [];

    /// <summary>Returns the stage, its workers, and where its items are, in the invariant culture.</summary>
    /// <returns>The text: one line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{CleanText.Of(Name)}, {Workers} workers, {BlockedWorkers} blocked{(IsPaused ? ", paused" : string.Empty)}: {Arrived} arrived, {Queued} queued, {Quarantined} quarantined, {Limited} limited, {InProgress} in progress, {Overdue} overdue, {Retrying} retrying, {Saving} saving, {Completed} completed, {Skipped} skipped, {Failed} failed, {Canceled} canceled, {Attempts} attempts, {ThrottledCalls} throttled");
}
