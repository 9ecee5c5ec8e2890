namespace AntFlow.Dataflow;

/// <summary>Something an item does once (<c>StageContext.OnceAsync</c>): begun, or done, with its answer.</summary>
public sealed record StoredOnce
{
    /// <summary>The key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>The index of the stage.</summary>
    public required int Stage { get; init; }

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

    /// <summary>Guards all of the above against torn and flipped rows, and against being read as another type.</summary>
    public uint Checksum { get; init; }
}
