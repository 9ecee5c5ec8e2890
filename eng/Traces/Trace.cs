namespace AntFlow.Dataflow.Traces;

/// <summary>A run that was recorded: of its snapshots all that an estimate of the time that is left is made of.</summary>
/// <param name="Name">What kind of run it was.</param>
/// <param name="Seed">What its chance began with.</param>
/// <param name="Seconds">How long it took from its start to the end of its last item.</param>
/// <param name="Total">How many items there were to be.</param>
/// <param name="Stages">What does not change of its stages.</param>
/// <param name="Moments">How it looked, time after time.</param>
public sealed record Trace(string Name, int Seed, double Seconds, long Total, IReadOnlyList<TracedStage> Stages, IReadOnlyList<Moment> Moments);

/// <summary>What does not change of a stage.</summary>
/// <param name="PassTicks">How many ticks of <see cref="StageMoment.Passes"/> a second has.</param>
public sealed record TracedStage(string Name, int Tasks, int? Capacity, IReadOnlyList<double> RetryDelays, double PassTicks);

/// <summary>One snapshot. Times are in seconds, to a tenth of a millisecond.</summary>
/// <param name="At">How long after the start.</param>
/// <param name="Workers">The workers of all stages.</param>
public sealed record Moment(
    double At, bool IsPaused, bool IsOpen, long Fed, long Succeeded, long Failed, long Canceled, IReadOnlyList<StageMoment> Stages, IReadOnlyList<WorkerMoment> Workers);

/// <summary>One stage in a snapshot.</summary>
/// <param name="Passes">The buckets of its times that are not empty: number and count, one after the other.</param>
/// <param name="Due">When the first items are due that wait for their next attempt.</param>
public sealed record StageMoment(
    int Workers, int Places, long Queued, long Limited, long InProgress, long Retrying, int BlockedWorkers, long Arrived, long Completed, long Skipped, long Failed, long Attempts,
    double Removed, IReadOnlyList<long> Passes, IReadOnlyList<double> Due);

/// <summary>One worker in a snapshot.</summary>
/// <param name="Stage">The number of its stage.</param>
/// <param name="Since">Since when it is busy; null if it is not.</param>
/// <param name="Busy">How long it has been busy in all, the call that runs now aside.</param>
public sealed record WorkerMoment(int Stage, double? Since, double Busy);
