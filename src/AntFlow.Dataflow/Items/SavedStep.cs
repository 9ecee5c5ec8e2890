namespace AntFlow.Dataflow;

/// <summary>The outcome of a stage that is being written to the store.</summary>
/// <param name="Worker">The worker that ran it.</param>
/// <param name="IsSkipped">Whether the stage skipped the item.</param>
/// <param name="Value">The serialized value; empty once it was written to the store in chunks.</param>
/// <param name="Attempts">The number of attempts of the last task.</param>
/// <param name="Chunks">The number of chunks in which the value was written to the store; 0 for none.</param>
internal record SavedStep(object? Worker, bool IsSkipped, ReadOnlyMemory<byte> Value, int Attempts, int Chunks = 0)
{
    /// <summary>Gives the item the value with which it continues. Called by the owner of the item.</summary>
    public virtual void GiveTo(Item item)
    {
    }
}

/// <summary>The same, with the value as it was read back, with which the item continues instead of the original value.</summary>
internal sealed record SavedStep<T>(object? Worker, bool IsSkipped, ReadOnlyMemory<byte> Value, int Attempts, T Copy, int Chunks = 0)
    : SavedStep(Worker, IsSkipped, Value, Attempts, Chunks)
{
    public override void GiveTo(Item item) => item.Value.Set(Copy);
}
