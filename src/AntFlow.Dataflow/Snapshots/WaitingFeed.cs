namespace AntFlow.Dataflow.Snapshots;

/// <summary>A feed call that waits for room, in a <see cref="PipelineSnapshot"/>.</summary>
/// <param name="Stage">The name of the stage that the call feeds.</param>
/// <param name="For">How long the call has waited.</param>
public sealed record WaitingFeed(string Stage, TimeSpan For);
