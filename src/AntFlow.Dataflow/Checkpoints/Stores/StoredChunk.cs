namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A piece of a value that is too large to be written in one row.</summary>
public sealed record StoredChunk
{
    /// <summary>Gets the key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>Gets the index of the stage; -1 for the input.</summary>
    public required int StageIndex { get; init; }

    /// <summary>Gets the number of the piece, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Gets the checksum of all of the above, which detects torn and corrupt rows.</summary>
    public uint Checksum { get; init; }
}
