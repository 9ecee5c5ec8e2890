namespace AntFlow.Dataflow;

/// <summary>What a stage ended with, on its way to the store.</summary>
/// <param name="Worker">Who ran it.</param>
/// <param name="IsSkipped">Whether the stage skipped the item.</param>
/// <param name="Value">The value, serialized; empty once it has gone to the store in pieces.</param>
/// <param name="Attempts">How many attempts the last task took.</param>
/// <param name="Chunks">In how many pieces the value has gone to the store; 0 for none.</param>
internal record SavedStep(object? Worker, bool IsSkipped, ReadOnlyMemory<byte> Value, int Attempts, int Chunks = 0)
{
    /// <summary>Gives the item the value it goes on with. For the owner of the item.</summary>
    public virtual void GiveTo(Item item)
    {
    }
}

/// <summary>The same, with the value as it was read back, which goes on instead of the one that was made.</summary>
internal sealed record SavedStep<T>(object? Worker, bool IsSkipped, ReadOnlyMemory<byte> Value, int Attempts, T Copy, int Chunks = 0)
    : SavedStep(Worker, IsSkipped, Value, Attempts, Chunks)
{
    public override void GiveTo(Item item) => item.Value.Set(Copy);
}
