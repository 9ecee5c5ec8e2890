namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The parts of a pipeline's checkpoints: store, serializer and options.</summary>
internal sealed record CheckpointPlan(ICheckpointStore Store, IPayloadSerializer Serializer, CheckpointOptions Options);
