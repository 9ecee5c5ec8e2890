namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What is written in one transaction. Every entry replaces the one of the same key, so a batch may be written twice.</summary>
public sealed record CheckpointBatch
{
    /// <summary>What the pipeline looks like; null to leave it as it is.</summary>
    public string? Description { get; init; }

    /// <summary>Items; the key is <see cref="StoredItem.Key"/>. <see cref="StoredItem.LastStep"/> is not part of what is written.</summary>
    public IReadOnlyList<StoredItem> Items { get; init; } = [];

    /// <summary>Finished stages; the key is item and stage.</summary>
    public IReadOnlyList<StoredStep> Steps { get; init; } = [];

    /// <summary>Pieces of large values; the key is item, stage and index.</summary>
    public IReadOnlyList<StoredChunk> Chunks { get; init; } = [];

    /// <summary>What items have done once; the key is item, stage and key.</summary>
    public IReadOnlyList<StoredOnce> Onces { get; init; } = [];
}
