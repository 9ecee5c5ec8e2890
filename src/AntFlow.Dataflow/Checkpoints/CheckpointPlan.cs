namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What a pipeline's checkpoints are made of.</summary>
internal sealed record CheckpointPlan(ICheckpointStore Store, IPayloadSerializer Serializer, CheckpointOptions Options);
