namespace AntFlow.Dataflow;

/// <summary>Stores what items do once, each step of it at once and durably.</summary>
internal sealed class OnceJournal(RunCheckpoints checkpoints, IPayloadSerializer serializer, bool failsIfUncertain)
{
    /// <summary>Whether something that was begun in an earlier life, and cannot be asked about, is not done again.</summary>
    public bool FailsIfUncertain { get; } = failsIfUncertain;

    /// <summary>Looks at what an earlier life has stored, now that the type is known. An answer of another type is not there.</summary>
    public void Open<T>(OncePlace place, OnceEntry entry)
    {
        if (entry.Stored is not { } stored)
            return;
        entry.Stored = null;
        if (stored.Contract != ContractOf<T>(stored.State))
        {
            checkpoints.Warn(place.Item.StoredId, $"the answer of what it did once as '{place.Key}'");
            // It was begun at least: somebody wrote the row.
            entry.IsBegun = entry.IsUncertain = true;
            return;
        }

        entry.IsBegun = entry.IsUncertain = stored.State == StoredOnceState.Begun;
        entry.IsAnswered = entry.IsAnswerStored = stored.State == StoredOnceState.Answered;
        entry.Answer = stored.Answer;
        entry.AnswerType = typeof(T);
    }

    /// <summary>Stores a step of it. Ends when it is durable.</summary>
    /// <param name="place">What is done once.</param>
    /// <param name="entry">How far it is.</param>
    /// <param name="state">The step.</param>
    /// <param name="unsaved">What is lost if this cannot be stored.</param>
    public async Task WriteAsync<T>(OncePlace place, OnceEntry entry, StoredOnceState state, object? unsaved = null)
    {
        try
        {
            await checkpoints.WriteOnceAsync(place, entry, state, ContractOf<T>(state)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (LeaseLostException or OperationCanceledException))
        {
            string what = state switch
            {
                StoredOnceState.Begun => "that it is begun",
                StoredOnceState.Answered => "its answer",
                _ => "that it is forgotten",
            };
            throw new CheckpointException($"Stage '{place.Stage.Name}': '{place.Key}' of item '{place.Id}': {what} could not be stored: {ErrorText.Of(error)}", error, unsaved);
        }
    }

    public ReadOnlyMemory<byte> Serialize<T>(OncePlace place, T value)
    {
        try
        {
            return serializer.Serialize(value);
        }
        catch (Exception error)
        {
            throw new CheckpointException($"Stage '{place.Stage.Name}': the answer of '{place.Key}' of item '{place.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error, value);
        }
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => serializer.Deserialize<T>(bytes);

    /// <summary>Waits until the run is certain to be this process's.</summary>
    public ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken) => checkpoints.WaitUntilHeldAsync(cancellationToken);

    // Only an answer has a shape.
    private uint ContractOf<T>(StoredOnceState state) => state == StoredOnceState.Answered ? Checksum.Of(serializer.Describe<T>()) : 0;
}
