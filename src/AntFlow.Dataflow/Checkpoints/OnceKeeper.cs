using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Keeps the <c>OnceAsync</c> calls of tasks: in the store if the run has one, otherwise in memory, across the attempts of the item.</summary>
/// <remarks>The lock on the item's record decides which call does the work; the work is done outside the lock. Answers are kept and stored even if the attempt has ended meanwhile.</remarks>
internal sealed partial class OnceKeeper(string runId, OnceJournal? journal) : IOnceKeeper
{
    public async Task<T> DoAsync<T>(OnceId id, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        while (true)
        {
            OnceEntry entry;
            TaskCompletionSource<T>? mine = null;
            Task running;
            lock (id.Item)
            {
                entry = EntryOf(id);
                if (entry.Running is not { IsCompleted: false })
                {
                    mine = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
                    entry.Running = mine.Task;
                }

                running = entry.Running;
            }

            if (mine is not null)
                return await DoAloneAsync(mine, id, entry, body, find).ConfigureAwait(false);
            if (OnceScope.IsWithin(running))
                throw new InvalidOperationException($"Stage '{id.Stage}': OnceAsync(\"{id.Key}\") of item '{id.Id}' is called within itself and would wait for itself. Use another key for the inner call.");
            if (running is Task<T> other)
                return await other.WaitAsync(id.Token).ConfigureAwait(false);
            if (running is not Task<Forgetting> forgetting)
                throw WrongType(id, typeof(T));
            await forgetting.WaitAsync(id.Token).ConfigureAwait(false);
        }
    }

    public async Task ForgetAsync(OnceId id)
    {
        OnceEntry entry;
        // Calls that arrive meanwhile wait: their writes must not come before this one.
        var mine = new TaskCompletionSource<Forgetting>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (id.Item)
        {
            entry = EntryOf(id);
            if (entry.Running is { IsCompleted: false })
                throw new InvalidOperationException($"'{id.Key}' is being done or forgotten at this moment; await that call before you call ForgetAsync.");
            entry.Forget();
            entry.Running = mine.Task;
        }

        try
        {
            if (journal is not null)
                await journal.WriteAsync<bool>(id, entry, StoredOnceState.Forgotten).ConfigureAwait(false);
        }
        finally
        {
            mine.SetResult(default);
        }
    }

    public string GetIdempotencyKey(OnceId id)
    {
        int generation;
        lock (id.Item)
            generation = EntryOf(id).Generation;
        // Includes the lengths, so that different parts cannot form the same text.
        var text = new StringBuilder();
        foreach (string part in (ReadOnlySpan<string>)[runId, id.Id.ToStoredText(), id.Stage, id.Key])
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        text.Append(CultureInfo.InvariantCulture, $"{generation}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    private static OnceEntry EntryOf(OnceId id) => ((ItemOnces)(id.Item.Onces ??= new ItemOnces())).Get(id.Stage, id.Key);

    private async Task<T> DoAloneAsync<T>(
        TaskCompletionSource<T> mine, OnceId id, OnceEntry entry, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        OnceScope.Push(mine.Task);
        try
        {
            mine.SetResult(await AnswerAsync(id, entry, body, find).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            mine.SetException(error);
        }

        return await mine.Task.ConfigureAwait(false);
    }

    private async Task<T> AnswerAsync<T>(OnceId id, OnceEntry entry, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        journal?.TakeOver<T>(id, entry);
        if (entry.Progress != OnceProgress.Answered)
            journal?.ThrowIfUnstorable<T>(id);
        bool failsIfUncertain = journal is { FailsIfUncertain: true };
        OnceMove move = OnceDecision.Next(entry.Progress, canFind: find is not null, hasFind: find is not null, failsIfUncertain);
        if (move == OnceMove.Find)
        {
            (bool isFound, T found) = await find!(id.Token).ConfigureAwait(false);
            if (isFound)
                entry.SetAnswer(found);
            move = OnceDecision.Next(entry.Progress, canFind: false, hasFind: true, failsIfUncertain);
        }

        switch (move)
        {
            case OnceMove.FailUncertain:
                throw new UncertainAnswerException(id.Id, id.Stage, id.Key);
            case OnceMove.FailUnsaved:
                throw OnceErrors.IsUnsaved(id);
            case OnceMove.Run:
                await RunAsync(id, entry, body).ConfigureAwait(false);
                break;
        }

        return await GiveAsync<T>(id, entry).ConfigureAwait(false);
    }

    private async Task RunAsync<T>(OnceId id, OnceEntry entry, Func<CancellationToken, Task<T>> body)
    {
        if (journal is not null)
        {
            await journal.WaitUntilOwnedAsync(id.Token).ConfigureAwait(false);
            await journal.WriteAsync<T>(id, entry, StoredOnceState.Begun).WaitAsync(id.Token).ConfigureAwait(false);
        }

        entry.Progress = OnceProgress.Begun;
        // The write may have taken longer than the lease.
        if (journal is not null)
            await journal.WaitUntilOwnedAsync(id.Token).ConfigureAwait(false);
        // Kept before anything else is done with it: the provider is never asked again for an answer that is known.
        entry.SetAnswer(await body(id.Token).ConfigureAwait(false));
    }

    private async Task<T> GiveAsync<T>(OnceId id, OnceEntry entry)
    {
        if (entry.AnswerType != typeof(T))
            throw WrongType(id, typeof(T));
        if (journal is null)
            return (T)entry.Value!;
        T answer = entry.Answer is { } bytes ? journal.Read<T>(id, bytes) : await WriteAndReadAsync<T>(journal, id, entry).ConfigureAwait(false);
        Task stored = entry.IsAnswerStored ? Task.CompletedTask : journal.WriteAsync<T>(id, entry, StoredOnceState.Answered, answer);
        Broken("answer-given-before-it-is-stored", ref stored, Task.CompletedTask);
        await stored.ConfigureAwait(false);
        entry.IsAnswerStored = true;
        return answer;
    }

    /// <summary>Serializes the answer and reads it back. An answer for which this fails is kept as it is: only <see cref="ForgetAsync"/> allows the call to be done again.</summary>
    private static async Task<T> WriteAndReadAsync<T>(OnceJournal journal, OnceId id, OnceEntry entry)
    {
        T value = (T)entry.Value!;
        try
        {
            ReadOnlyMemory<byte> bytes = journal.Serialize(id, value, out T answer);
            (entry.Answer, entry.Value, entry.IsAnswerStored) = (bytes, null, false);
            return answer;
        }
        catch (CheckpointException)
        {
            if (!entry.IsAnswerStored)
                await journal.TryNoteUnsavedAsync<T>(id, entry).ConfigureAwait(false);
            throw;
        }
    }

    private static InvalidOperationException WrongType(OnceId id, Type type) =>
        new($"'{id.Key}' of item '{id.Id}' is being done with another type of answer than {type.Name}. Use another key for another type.");

    /// <summary>The result type of a forget operation, which distinguishes it from an answer.</summary>
    private readonly record struct Forgetting;

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
