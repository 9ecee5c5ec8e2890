namespace AntFlow.Dataflow;

/// <summary>Stores what items do once, each step of it at once and durably.</summary>
internal sealed class OnceJournal(RunCheckpoints checkpoints, IPayloadSerializer serializer, bool failsIfUncertain)
{
    /// <summary>Whether something that was begun in an earlier life, and cannot be asked about, is not done again.</summary>
    public bool FailsIfUncertain { get; } = failsIfUncertain;

    /// <summary>Looks at what an earlier life has stored, now that the type is known. A row that is not whole, or of another type, is not there.</summary>
    public void Open<T>(OncePlace place, OnceEntry entry)
    {
        if (entry.Stored is not { } stored)
            return;
        entry.Stored = null;
        if (stored.Checksum != Checksum.Of(stored, ContractOf<T>(stored.State)))
        {
            checkpoints.Warn(place.Item.StoredId, $"what it did once as '{place.Key}'");
            // It was begun at least: somebody wrote the row.
            entry.IsBegun = entry.IsUncertain = true;
            return;
        }

        entry.IsBegun = entry.IsUncertain = stored.State == StoredOnceState.Begun;
        entry.IsAnswered = entry.IsAnswerStored = stored.State == StoredOnceState.Answered;
        entry.Answer = stored.Answer;
    }

    public Task WriteAsync<T>(OncePlace place, OnceEntry entry, StoredOnceState state) =>
        checkpoints.WriteOnceAsync(place, entry, state, ContractOf<T>(state));

    public ReadOnlyMemory<byte> Serialize<T>(T value) => serializer.Serialize(value);

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => serializer.Deserialize<T>(bytes);

    public void ThrowIfLost() => checkpoints.ThrowIfLost();

    // Only an answer has a shape.
    private uint ContractOf<T>(StoredOnceState state) => state == StoredOnceState.Answered ? Checksum.Of(serializer.Describe<T>()) : 0;
}
