namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A call of <c>StageContext.OnceAsync</c> as it is stored: begun, or done, with its answer.</summary>
public sealed record StoredOnce
{
    /// <summary>Gets the key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>Gets the name of the stage. It stays the same when the stage moves in the pipeline. Compared ordinally.</summary>
    public required string Stage { get; init; }

    /// <summary>Gets the key that was passed to <c>OnceAsync</c>, unique in the stage of the item. Compared ordinally.</summary>
    public required string Key { get; init; }

    /// <summary>Gets how often it was forgotten.</summary>
    public int Generation { get; init; }

    /// <summary>Gets the state of the call.</summary>
    public StoredOnceState State { get; init; }

    /// <summary>Gets the answer, serialized.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>Gets when this row was stored.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>Gets a number that identifies the shape of the answer's bytes; 0 without an answer. An answer is never read as another type.</summary>
    public uint Contract { get; init; }

    /// <summary>Gets the number of the format in which the library described the shape of <see cref="Contract"/> when the row was written. Default: 1, the first format.</summary>
    public int Format { get; init; } = ContractFormat.First;

    /// <summary>Gets the checksum of all of the above, which detects torn and corrupt rows.</summary>
    public uint Checksum { get; init; }
}
