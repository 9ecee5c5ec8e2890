namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Something an item does once (<c>StageContext.OnceAsync</c>): begun, or done, with its answer.</summary>
public sealed record StoredOnce
{
    /// <summary>The key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>The name of the stage, which is the same wherever it stands. Compared ordinally.</summary>
    public required string Stage { get; init; }

    /// <summary>The user's name for it, unique in the stage of the item. Compared ordinally.</summary>
    public required string Key { get; init; }

    /// <summary>How often it was forgotten.</summary>
    public int Generation { get; init; }

    /// <summary>How far it is.</summary>
    public StoredOnceState State { get; init; }

    /// <summary>The answer, serialized.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>When this was stored.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>What the bytes of the answer look like, as a number; 0 without an answer. An answer is not read as another type.</summary>
    public uint Contract { get; init; }

    /// <summary>The number of the format in which the library described the shape of <see cref="Contract"/> when it was written. Default: 1, the first one.</summary>
    public int Format { get; init; } = ContractFormat.First;

    /// <summary>Guards all of the above against torn and flipped rows.</summary>
    public uint Checksum { get; init; }
}
