using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Stores what items do once, each step of it at once and durably, and reads it again.</summary>
internal sealed class OnceJournal(RunCheckpoints checkpoints, IPayloadSerializer serializer, bool failsIfUncertain)
{
    private readonly ConcurrentDictionary<Type, bool> _storable = new();

    /// <summary>Whether something that an earlier process has begun, and that cannot be asked about, is not done again.</summary>
    public bool FailsIfUncertain { get; } = failsIfUncertain;

    /// <summary>Takes over what an earlier process has stored, now that the type is known.</summary>
    /// <exception cref="CheckpointException">There is an answer, of a type that cannot be read as this one. It stays there.</exception>
    public void TakeOver<T>(OncePlace place, OnceEntry entry)
    {
        if (entry.Stored is not { } stored)
            return;
        if (stored.State != StoredOnceState.Answered)
        {
            entry.TakeOver(stored.State switch
            {
                StoredOnceState.Forgotten => OnceProgress.NotBegun,
                StoredOnceState.Unsaved => OnceProgress.Unsaved,
                _ => OnceProgress.Uncertain,
            });
            return;
        }

        string now = DescribeOrThrow<T>(place);
        if (!IsOfType<T>(stored, now))
        {
            string? was = stored.Format == ContractFormat.First ? null : checkpoints.Description.FindAnswer(stored.Contract);
            if (was is null || !AnswerShapes.CanRead(was, now))
                throw OnceErrors.HasChanged(place, was, now);
            // Whatever the shapes say: only what can be read is taken over.
            Read<T>(place, stored.Answer);
        }

        entry.TakeOver(OnceProgress.Answered);
        // One of an earlier format is stored anew in the present one; one of an earlier type stays as it is, for the program of that type.
        (entry.Answer, entry.AnswerType, entry.IsAnswerStored) = (stored.Answer, typeof(T), stored.Format != ContractFormat.First);
    }

    /// <summary>Tries whether answers of a type can be stored at all, before anything is done for one.</summary>
    /// <exception cref="CheckpointException">They cannot.</exception>
    public void ThrowIfUnstorable<T>(OncePlace place)
    {
        if (_storable.ContainsKey(typeof(T)))
            return;
        IReadOnlyList<TypeDoubt> doubts;
        try
        {
            doubts = AnswerShapes.Judge<T>(serializer);
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotBegin(place, typeof(T), error);
        }

        DescribeOrThrow<T>(place);
        if (!_storable.TryAdd(typeof(T), true))
            return;
        foreach (TypeDoubt doubt in doubts)
            checkpoints.Doubt(doubt);
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
            // Only an answer has a shape.
            string? shape = state == StoredOnceState.Answered ? serializer.Describe<T>() : null;
            await checkpoints.WriteOnceAsync(place, entry, state, shape).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (LeaseLostException or OperationCanceledException))
        {
            string what = state switch
            {
                StoredOnceState.Begun => "that it is begun",
                StoredOnceState.Answered => "its answer",
                StoredOnceState.Unsaved => "that it is done",
                _ => "that it is forgotten",
            };
            throw new CheckpointException($"Stage '{place.Stage}': '{place.Key}' of item '{place.Id}': {what} could not be stored: {ErrorText.Of(error)}", error, unsaved);
        }
    }

    /// <summary>Stores that it is done, and that the answer cannot be stored. If that cannot be stored either, a later process knows that it was begun.</summary>
    public async Task TryNoteUnsavedAsync<T>(OncePlace place, OnceEntry entry)
    {
        try
        {
            await WriteAsync<T>(place, entry, StoredOnceState.Unsaved).ConfigureAwait(false);
            entry.IsAnswerStored = true;
        }
        catch (Exception error) when (error is AntFlowException or OperationCanceledException)
        {
            // What the answer fails with says more.
        }
    }

    /// <summary>Turns an answer into bytes, and those into what callers get.</summary>
    /// <exception cref="CheckpointException">One of the two is not possible, or the answer comes back as something else. It carries the answer.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(OncePlace place, T value, out T answer)
    {
        try
        {
            return AnswerShapes.Write(serializer, value, out answer);
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotStore(place, error, value);
        }
    }

    /// <summary>Reads an answer that is there.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public T Read<T>(OncePlace place, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return serializer.Deserialize<T>(bytes);
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotRead(place, error);
        }
    }

    /// <summary>Waits until the run is certain to be this process's.</summary>
    public ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken) => checkpoints.WaitUntilHeldAsync(cancellationToken);

    private string DescribeOrThrow<T>(OncePlace place)
    {
        try
        {
            return serializer.Describe<T>();
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotBegin(place, typeof(T), error);
        }
    }

    private bool IsOfType<T>(StoredOnce stored, string now) => stored.Contract == Checksum.Of(stored.Format == ContractFormat.First ? AnswerShapes.DescribeFirst<T>(serializer) : now);
}
