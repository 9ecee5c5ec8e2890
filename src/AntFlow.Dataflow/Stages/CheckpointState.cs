namespace AntFlow.Dataflow;

/// <summary>How the store of a run is.</summary>
/// <param name="IsOpening">Whether the run is still being opened.</param>
/// <param name="FailingSince">Since when writes fail; null while they work.</param>
/// <param name="LastError">What they fail with.</param>
internal readonly record struct CheckpointState(bool IsOpening, DateTimeOffset? FailingSince, Exception? LastError);
