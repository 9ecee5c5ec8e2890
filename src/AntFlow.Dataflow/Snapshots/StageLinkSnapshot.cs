namespace AntFlow.Dataflow.Snapshots;

/// <summary>A link from a stage to the next one or to the results, in a <see cref="PipelineSnapshot"/>.</summary>
/// <remarks>Over all links from a stage, <see cref="Passed"/> adds up to its <c>Completed</c> and <c>Skipped</c>. The <c>Arrived</c> of a stage is the number of items that came over the links to
/// it, plus those that were fed to it. Over all links to the results, <see cref="Passed"/> adds up to the run's <c>Succeeded</c> and <c>Blocked</c>, without items that had succeeded before this
/// run was resumed.</remarks>
/// <param name="From">The name of the stage that hands the items on.</param>
/// <param name="To">The name of the stage that receives them; null for the results.</param>
/// <param name="Passed">The number of items that have passed the link.</param>
public sealed record StageLinkSnapshot(string From, string? To, long Passed);
