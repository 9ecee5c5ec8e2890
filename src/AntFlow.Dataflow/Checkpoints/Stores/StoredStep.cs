namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The result of a stage of an item; stage -1 holds the input.</summary>
public sealed record StoredStep
{
    /// <summary>Gets the key of the item.</summary>
    public required long Item { get; init; }

    /// <summary>Gets the index of the stage; -1 for the input.</summary>
    public required int StageIndex { get; init; }

    /// <summary>Gets the value, serialized; empty if it is in <see cref="Chunks"/>.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Gets in how many pieces the value is stored; 0 if it is in <see cref="Value"/>.</summary>
    public int Chunks { get; init; }

    /// <summary>Gets how many attempts the last task of the stage took.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets whether the stage skipped the item.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Gets whether the stage's <c>OnSuccess</c> has returned, or the stage has none.</summary>
    public bool IsNotified { get; init; }

    /// <summary>Gets when the stage ended.</summary>
    public DateTimeOffset FinishedAt { get; init; }

    /// <summary>Gets the number of the format in which the library described the shape of the value when the row was written. Default: 1, the first format.</summary>
    public int Format { get; init; } = ContractFormat.First;

    /// <summary>Gets the checksum of all of the above, which detects torn and corrupt rows and values of another type.</summary>
    public uint Checksum { get; init; }
}
