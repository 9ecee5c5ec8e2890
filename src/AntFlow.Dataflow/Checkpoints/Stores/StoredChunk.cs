namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A piece of a value that is too large to be written at once.</summary>
public sealed record StoredChunk
{
    /// <summary>The key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>The index of the stage; -1 for the input.</summary>
    public required int StageIndex { get; init; }

    /// <summary>The number of the piece, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Guards all of the above against torn and flipped rows.</summary>
    public uint Checksum { get; init; }
}
