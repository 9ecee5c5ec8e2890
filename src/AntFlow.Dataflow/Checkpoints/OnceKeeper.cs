using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Keeps what tasks do once: in the store, if the run has one, and else in memory, over the attempts of the item.</summary>
/// <remarks>The lock on the item's record decides who does something; it is done outside. Answers are stored whatever has become of the attempt meanwhile.</remarks>
internal sealed class OnceKeeper(string runId, OnceJournal? journal) : IOnceKeeper
{
    public async Task<T> DoAsync<T>(OncePlace place, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
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

        if (mine is null)
            return running is Task<T> theirs ? await theirs.ConfigureAwait(false) : throw WrongType(place, typeof(T));
        try
        {
            mine.SetResult(await DoAsync(place, entry, body, find).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            mine.SetException(error);
        }

        return await mine.Task.ConfigureAwait(false);
    }

    public async Task ForgetAsync(OncePlace place)
    {
        OnceEntry entry;
        lock (place.Item)
        {
            entry = EntryOf(place);
            if (entry.Running is { IsCompleted: false })
                throw new InvalidOperationException($"'{place.Key}' is being done at this moment; await its OnceAsync before it is forgotten.");
            entry.Generation++;
            (entry.Stored, entry.IsBegun, entry.IsUncertain, entry.IsAnswered, entry.Answer, entry.Value) = (null, false, false, false, default, null);
        }

        if (journal is not null)
            await journal.WriteAsync<bool>(place, entry, StoredOnceState.Forgotten).ConfigureAwait(false);
    }

    public string GetIdempotencyKey(OncePlace place)
    {
        int generation;
        lock (place.Item)
            generation = EntryOf(place).Generation;
        // Lengths go in as well: what ends one part must not pass for the begin of the next.
        var text = new StringBuilder();
        foreach (string part in (ReadOnlySpan<string>)[runId, place.Id.ToStoredText(), place.Stage.Name, place.Key])
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        text.Append(CultureInfo.InvariantCulture, $"{generation}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    private static OnceEntry EntryOf(OncePlace place) => ((ItemOnces)(place.Item.Onces ??= new ItemOnces())).Get(place.Stage.Name, place.Key);

    private async Task<T> DoAsync<T>(OncePlace place, OnceEntry entry, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        journal?.Open<T>(place, entry);
        if (entry.IsAnswered)
            return await AnswerAgainAsync<T>(place, entry).ConfigureAwait(false);
        if (entry.IsBegun)
        {
            // The window between the doing and the storing: only the provider knows.
            if (find is not null)
            {
                (bool isFound, T found) = await find(place.Token).ConfigureAwait(false);
                if (isFound)
                    return await AnswerAsync(place, entry, found).ConfigureAwait(false);
            }
            else if (entry.IsUncertain && journal is { FailsIfUncertain: true })
            {
                throw new UncertainAnswerException(place.Id, place.Stage.Name, place.Key);
            }
        }

        if (journal is not null)
        {
            await journal.WaitUntilHeldAsync(place.Token).ConfigureAwait(false);
            await journal.WriteAsync<T>(place, entry, StoredOnceState.Begun).WaitAsync(place.Token).ConfigureAwait(false);
        }

        entry.IsBegun = true;
        entry.IsUncertain = false;
        // The writing may have taken longer than the run is lent for.
        if (journal is not null)
            await journal.WaitUntilHeldAsync(place.Token).ConfigureAwait(false);
        T value = await body(place.Token).ConfigureAwait(false);
        return await AnswerAsync(place, entry, value).ConfigureAwait(false);
    }

    private async Task<T> AnswerAsync<T>(OncePlace place, OnceEntry entry, T value)
    {
        if (journal is null)
            entry.Value = value;
        else
            entry.Answer = journal.Serialize(place, value);
        entry.AnswerType = typeof(T);
        entry.IsAnswered = true;
        entry.IsAnswerStored = false;
        return await AnswerAgainAsync<T>(place, entry).ConfigureAwait(false);
    }

    private async Task<T> AnswerAgainAsync<T>(OncePlace place, OnceEntry entry)
    {
        if (entry.AnswerType != typeof(T))
            throw WrongType(place, typeof(T));
        if (journal is null)
            return (T)entry.Value!;
        T answer = journal.Deserialize<T>(entry.Answer);
        if (!entry.IsAnswerStored)
            await journal.WriteAsync<T>(place, entry, StoredOnceState.Answered, answer).ConfigureAwait(false);
        entry.IsAnswerStored = true;
        return answer;
    }

    private static InvalidOperationException WrongType(OncePlace place, Type type) =>
        new($"'{place.Key}' of item '{place.Id}' is done elsewhere with another type of answer than {type.Name}. Give what differs another name.");
}
