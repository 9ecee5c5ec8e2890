namespace AntFlow.Dataflow.Snapshots;

/// <summary>A way from a stage to where its items go next, in a <see cref="PipelineSnapshot"/>.</summary>
/// <remarks>Over all links from a stage, <see cref="Passed"/> sums up to what it has <c>Completed</c> and <c>Skipped</c>; a stage's <c>Arrived</c> is what has come over the links to it, and what was fed into
/// it. Over all links to the results it sums up to the run's <c>Succeeded</c> and <c>Blocked</c>, without those that had succeeded in an earlier life of the run.</remarks>
/// <param name="From">The name of the stage that hands items on.</param>
/// <param name="To">The name of the stage that gets them; null for the results.</param>
/// <param name="Passed">How many items have come over it.</param>
public sealed record StageLinkSnapshot(string From, string? To, long Passed);
