namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A stage that an item of a stored run has finished.</summary>
/// <param name="Stage">The stage; <c>(input)</c> for the input of the item.</param>
/// <param name="FinishedAt">When the stage finished the item.</param>
/// <param name="Attempts">How many attempts its last task took.</param>
/// <param name="IsSkipped">Whether the stage skipped the item.</param>
/// <param name="IsNotified">Whether the stage's <c>OnSuccess</c> has returned, or the stage has none.</param>
public sealed record InspectedStep(string Stage, DateTimeOffset FinishedAt, int Attempts, bool IsSkipped, bool IsNotified);
