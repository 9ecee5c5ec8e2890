namespace AntFlow.Dataflow;

/// <summary>The state of the store of a run.</summary>
/// <param name="IsOpening">Whether the run is still being opened.</param>
/// <param name="FailingSince">Since when writes fail; null while they succeed.</param>
/// <param name="LastError">The error with which they fail.</param>
internal readonly record struct CheckpointState(bool IsOpening, DateTimeOffset? FailingSince, Exception? LastError);
