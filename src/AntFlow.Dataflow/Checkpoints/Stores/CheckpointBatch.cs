namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The rows that a store writes in one transaction. Every row replaces the row with the same key, so a batch may be written twice.</summary>
public sealed record CheckpointBatch
{
    /// <summary>Gets the description of the pipeline; null to leave the stored description unchanged.</summary>
    public string? Description { get; init; }

    /// <summary>Gets the items; the key is <see cref="StoredItem.Key"/>. <see cref="StoredItem.LastStep"/> is not written.</summary>
    public IReadOnlyList<StoredItem> Items { get; init; } = [];

    /// <summary>Gets the finished stages; the key is item and stage.</summary>
    public IReadOnlyList<StoredStep> Steps { get; init; } = [];

    /// <summary>Gets the pieces of large values; the key is item, stage and index.</summary>
    public IReadOnlyList<StoredChunk> Chunks { get; init; } = [];

    /// <summary>Gets the <c>OnceAsync</c> calls of items; the key is item, stage and key.</summary>
    public IReadOnlyList<StoredOnce> Onces { get; init; } = [];
}
