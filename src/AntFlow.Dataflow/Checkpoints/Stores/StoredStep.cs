namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What a stage of an item ended with; as stage -1, what the item was fed as.</summary>
public sealed record StoredStep
{
    /// <summary>The key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>The index of the stage; -1 for the input.</summary>
    public required int StageIndex { get; init; }

    /// <summary>The value, serialized; empty if it is in <see cref="Chunks"/>.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>In how many pieces the value is stored; 0 if it is in <see cref="Value"/>.</summary>
    public int Chunks { get; init; }

    /// <summary>How many attempts the last task of the stage took.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether the item was skipped by the stage.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Whether the stage's <c>OnSuccess</c> has returned, or there is none.</summary>
    public bool IsTold { get; init; }

    /// <summary>When the stage ended.</summary>
    public DateTimeOffset FinishedAt { get; init; }

    /// <summary>The number of the format in which the library described the shape of the value when it was written. Default: 1, the first one.</summary>
    public int Format { get; init; } = ContractFormat.First;

    /// <summary>Guards all of the above against torn and flipped rows, and against being read as another type.</summary>
    public uint Checksum { get; init; }
}
