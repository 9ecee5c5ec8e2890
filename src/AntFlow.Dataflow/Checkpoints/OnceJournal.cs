using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Stores each state of the <c>OnceAsync</c> calls of items at once and durably, and reads it again.</summary>
internal sealed class OnceJournal(RunCheckpoints checkpoints, IPayloadSerializer serializer, bool failsIfUncertain)
{
    private readonly ConcurrentDictionary<Type, bool> _storable = new();

    /// <summary>Whether to fail instead of repeating a call that an earlier process has begun and for which there is no <c>find</c>.</summary>
    public bool FailsIfUncertain { get; } = failsIfUncertain;

    /// <summary>Takes over the stored state of an earlier process, now that the type is known.</summary>
    /// <exception cref="CheckpointException">There is an answer whose type cannot be read as this one. It stays stored.</exception>
    public void TakeOver<T>(OnceId id, OnceEntry entry)
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

        string now = DescribeOrThrow<T>(id);
        if (!IsOfType<T>(stored, now))
        {
            string? was = stored.Format == ContractFormat.First ? null : checkpoints.Description.FindAnswer(stored.Contract);
            if (was is null || !AnswerShapes.CanRead(was, now))
                throw OnceErrors.HasChanged(id, was, now);
            // Whatever the shapes say, only an answer that can be read is taken over.
            Read<T>(id, stored.Answer);
        }

        entry.TakeOver(OnceProgress.Answered);
        // An answer of an earlier format is stored again in the current one; an answer of an earlier type is kept, for the program that uses that type.
        (entry.Answer, entry.AnswerType, entry.IsAnswerStored) = (stored.Answer, typeof(T), stored.Format != ContractFormat.First);
    }

    /// <summary>Checks whether answers of a type can be stored at all, before the call is begun.</summary>
    /// <exception cref="CheckpointException">They cannot be stored.</exception>
    public void ThrowIfUnstorable<T>(OnceId id)
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
            throw OnceErrors.CannotBegin(id, typeof(T), error);
        }

        DescribeOrThrow<T>(id);
        if (!_storable.TryAdd(typeof(T), true))
            return;
        foreach (TypeDoubt doubt in doubts)
            checkpoints.Doubt(doubt);
    }

    /// <summary>Stores a state of the call. Completes when it is durable.</summary>
    /// <param name="id">The call.</param>
    /// <param name="entry">The entry of the call.</param>
    /// <param name="state">The state to store.</param>
    /// <param name="unsaved">The value that is lost if the state cannot be stored.</param>
    public async Task WriteAsync<T>(OnceId id, OnceEntry entry, StoredOnceState state, object? unsaved = null)
    {
        try
        {
            // Only an answer has a shape.
            string? shape = state == StoredOnceState.Answered ? serializer.Describe<T>() : null;
            await checkpoints.WriteOnceAsync(id, entry, state, shape).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (LeaseLostException or OperationCanceledException))
        {
            string what = state switch
            {
                StoredOnceState.Begun => "its start",
                StoredOnceState.Answered => "its answer",
                StoredOnceState.Unsaved => "its completion",
                _ => "the call of ForgetAsync",
            };
            throw new CheckpointException($"Stage '{id.Stage}': '{id.Key}' of item '{id.Id}': {what} could not be stored: {ErrorText.Of(error)}", error, unsaved);
        }
    }

    /// <summary>Stores that the call is done and that its answer cannot be stored. If this fails too, a later process knows that the call was begun.</summary>
    public async Task TryNoteUnsavedAsync<T>(OnceId id, OnceEntry entry)
    {
        try
        {
            await WriteAsync<T>(id, entry, StoredOnceState.Unsaved).ConfigureAwait(false);
            entry.IsAnswerStored = true;
        }
        catch (Exception error) when (error is AntFlowException or OperationCanceledException)
        {
            // The error of the answer tells more.
        }
    }

    /// <summary>Serializes an answer, and reads it back for the callers.</summary>
    /// <exception cref="CheckpointException">One of the two fails, or the answer comes back as a different value. The exception carries the answer.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(OnceId id, T value, out T answer)
    {
        try
        {
            return AnswerShapes.Write(serializer, value, out answer);
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotStore(id, error, value);
        }
    }

    /// <summary>Deserializes a stored answer.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public T Read<T>(OnceId id, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return serializer.Deserialize<T>(bytes);
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotRead(id, error);
        }
    }

    /// <summary>Waits until this process is certain to hold the run.</summary>
    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken) => checkpoints.WaitUntilOwnedAsync(cancellationToken);

    private string DescribeOrThrow<T>(OnceId id)
    {
        try
        {
            return serializer.Describe<T>();
        }
        catch (Exception error)
        {
            throw OnceErrors.CannotBegin(id, typeof(T), error);
        }
    }

    private bool IsOfType<T>(StoredOnce stored, string now) => stored.Contract == Checksum.Of(stored.Format == ContractFormat.First ? AnswerShapes.DescribeFirst<T>(serializer) : now);
}
