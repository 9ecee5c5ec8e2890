using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Keeps the <c>OnceAsync</c> calls of tasks: in the store if the run has one, otherwise in memory, across the attempts of the item.</summary>
/// <remarks>The lock on the item's record decides which call does the work; the work is done outside the lock. Answers are kept and stored even if the attempt has ended meanwhile.</remarks>
internal sealed partial class OnceKeeper(string runId, OnceJournal? journal) : IOnceKeeper
{
    public async Task<T> DoAsync<T>(OncePlace place, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        while (true)
        {
            OnceEntry entry;
            TaskCompletionSource<T>? mine = null;
            Task running;
            lock (place.Item)
            {
                entry = EntryOf(place);
                if (entry.Running is not { IsCompleted: false })
                {
                    mine = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
                    entry.Running = mine.Task;
                }

                running = entry.Running;
            }

            if (mine is not null)
                return await DoAloneAsync(mine, place, entry, body, find).ConfigureAwait(false);
            if (OnceScope.IsWithin(running))
                throw new InvalidOperationException($"Stage '{place.Stage}': OnceAsync(\"{place.Key}\") of item '{place.Id}' is called within itself and would wait for itself. Use another key for the inner call.");
            if (running is Task<T> other)
                return await other.WaitAsync(place.Token).ConfigureAwait(false);
            if (running is not Task<Forgetting> forgetting)
                throw WrongType(place, typeof(T));
            await forgetting.WaitAsync(place.Token).ConfigureAwait(false);
        }
    }

    public async Task ForgetAsync(OncePlace place)
    {
        OnceEntry entry;
        // Calls that arrive meanwhile wait: their writes must not come before this one.
        var mine = new TaskCompletionSource<Forgetting>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (place.Item)
        {
            entry = EntryOf(place);
            if (entry.Running is { IsCompleted: false })
                throw new InvalidOperationException($"'{place.Key}' is being done or forgotten at this moment; await that call before you call ForgetAsync.");
            entry.Forget();
            entry.Running = mine.Task;
        }

        try
        {
            if (journal is not null)
                await journal.WriteAsync<bool>(place, entry, StoredOnceState.Forgotten).ConfigureAwait(false);
        }
        finally
        {
            mine.SetResult(default);
        }
    }

    public string GetIdempotencyKey(OncePlace place)
    {
        int generation;
        lock (place.Item)
            generation = EntryOf(place).Generation;
        // Includes the lengths, so that different parts cannot form the same text.
        var text = new StringBuilder();
        foreach (string part in (ReadOnlySpan<string>)[runId, place.Id.ToStoredText(), place.Stage, place.Key])
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        text.Append(CultureInfo.InvariantCulture, $"{generation}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    private static OnceEntry EntryOf(OncePlace place) => ((ItemOnces)(place.Item.Onces ??= new ItemOnces())).Get(place.Stage, place.Key);

    private async Task<T> DoAloneAsync<T>(
        TaskCompletionSource<T> mine, OncePlace place, OnceEntry entry, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        OnceScope.Enter(mine.Task);
        try
        {
            mine.SetResult(await AnswerAsync(place, entry, body, find).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            mine.SetException(error);
        }

        return await mine.Task.ConfigureAwait(false);
    }

    private async Task<T> AnswerAsync<T>(OncePlace place, OnceEntry entry, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        journal?.TakeOver<T>(place, entry);
        if (entry.Progress != OnceProgress.Answered)
            journal?.ThrowIfUnstorable<T>(place);
        bool failsIfUncertain = journal is { FailsIfUncertain: true };
        OnceMove move = OnceDecision.Next(entry.Progress, canFind: find is not null, hasFind: find is not null, failsIfUncertain);
        if (move == OnceMove.Find)
        {
            (bool isFound, T found) = await find!(place.Token).ConfigureAwait(false);
            if (isFound)
                entry.SetAnswer(found);
            move = OnceDecision.Next(entry.Progress, canFind: false, hasFind: true, failsIfUncertain);
        }

        switch (move)
        {
            case OnceMove.FailUncertain:
                throw new UncertainAnswerException(place.Id, place.Stage, place.Key);
            case OnceMove.FailUnsaved:
                throw OnceErrors.IsUnsaved(place);
            case OnceMove.Run:
                await RunAsync(place, entry, body).ConfigureAwait(false);
                break;
        }

        return await GiveAsync<T>(place, entry).ConfigureAwait(false);
    }

    private async Task RunAsync<T>(OncePlace place, OnceEntry entry, Func<CancellationToken, Task<T>> body)
    {
        if (journal is not null)
        {
            await journal.WaitUntilHeldAsync(place.Token).ConfigureAwait(false);
            await journal.WriteAsync<T>(place, entry, StoredOnceState.Begun).WaitAsync(place.Token).ConfigureAwait(false);
        }

        entry.Progress = OnceProgress.Begun;
        // The write may have taken longer than the lease.
        if (journal is not null)
            await journal.WaitUntilHeldAsync(place.Token).ConfigureAwait(false);
        // Kept before anything else is done with it: the provider is never asked again for an answer that is known.
        entry.SetAnswer(await body(place.Token).ConfigureAwait(false));
    }

    private async Task<T> GiveAsync<T>(OncePlace place, OnceEntry entry)
    {
        if (entry.AnswerType != typeof(T))
            throw WrongType(place, typeof(T));
        if (journal is null)
            return (T)entry.Value!;
        T answer = entry.Answer is { } bytes ? journal.Read<T>(place, bytes) : await WriteAndReadAsync<T>(journal, place, entry).ConfigureAwait(false);
        Task stored = entry.IsAnswerStored ? Task.CompletedTask : journal.WriteAsync<T>(place, entry, StoredOnceState.Answered, answer);
        Broken("answer-given-before-it-is-stored", ref stored, Task.CompletedTask);
        await stored.ConfigureAwait(false);
        entry.IsAnswerStored = true;
        return answer;
    }

    /// <summary>Serializes the answer and reads it back. An answer for which this fails is kept as it is: only <see cref="ForgetAsync"/> allows the call to be done again.</summary>
    private static async Task<T> WriteAndReadAsync<T>(OnceJournal journal, OncePlace place, OnceEntry entry)
    {
        T value = (T)entry.Value!;
        try
        {
            ReadOnlyMemory<byte> bytes = journal.Serialize(place, value, out T answer);
            (entry.Answer, entry.Value, entry.IsAnswerStored) = (bytes, null, false);
            return answer;
        }
        catch (CheckpointException)
        {
            if (!entry.IsAnswerStored)
                await journal.TryNoteUnsavedAsync<T>(place, entry).ConfigureAwait(false);
            throw;
        }
    }

    private static InvalidOperationException WrongType(OncePlace place, Type type) =>
        new($"'{place.Key}' of item '{place.Id}' is being done with another type of answer than {type.Name}. Use another key for another type.");

    /// <summary>The result type of a forget operation, which distinguishes it from an answer.</summary>
    private readonly record struct Forgetting;

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
