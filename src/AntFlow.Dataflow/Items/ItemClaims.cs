namespace AntFlow.Dataflow;

/// <summary>The ids of a run since it started here: each is accepted once. About a hundred bytes an id, kept for the run.</summary>
/// <remarks>
/// <para>An id is claimed by a feed call, or by the run, which brings unfinished items back one after another. From the claim until its item is accepted, or is not, it is not known
/// whether the id is taken: the item may have to be looked up, or to wait for the reader of ordered results, and its feed call may be canceled in between. A call with the same id waits
/// for that, and then asks again: one of those that wait takes the place of an item that was not accepted. So "taken" is only said because of an item that was accepted.</para>
/// <para>What waits here must hold nothing that the item of the claim may wait for.</para>
/// <para><b>The lock</b> guards all fields. Nothing is called under it; the tasks complete their continuations elsewhere.</para>
/// </remarks>
/// <param name="ignores">Whether an item with an id that is taken is ignored; else it has failed.</param>
internal sealed class ItemClaims(bool ignores)
{
    private const long Undecided = -1;

    private readonly Lock _lock = new();
    private readonly Dictionary<ItemId, long> _sequences = [];
    private readonly Dictionary<ItemId, TaskCompletionSource> _decisions = [];
    private readonly HashSet<ItemId> _returned = [];
    private readonly Dictionary<ItemId, LeftInput> _left = [];
    private readonly Dictionary<ItemId, Task> _unwritten = [];
    private long _ignored;

    /// <summary>The claims of a run.</summary>
    /// <param name="onDuplicate">What the second item of an id is; null if ids are not looked at.</param>
    /// <returns>The claims; null if ids are not looked at.</returns>
    public static ItemClaims? Of(OnDuplicate? onDuplicate) => onDuplicate is { } what ? new ItemClaims(what == OnDuplicate.Ignore) : null;

    /// <summary>Whether an item with an id that is taken is ignored; else it has failed.</summary>
    public bool Ignores { get; } = ignores;

    /// <summary>How many items were ignored.</summary>
    public long Ignored
    {
        get
        {
            lock (_lock)
                return _ignored;
        }
    }

    /// <summary>Asks for the id. A call that gets it owes <see cref="Accept"/>, <see cref="Leave"/> or <see cref="GiveBack"/>; one that is told that it is taken, and ignores that, is counted.</summary>
    public IdAnswer Ask(ItemId id)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            if (_sequences.TryAdd(id, Undecided))
                return new IdAnswer(IdStatus.Claimed);
            if (_returned.Remove(id))
                return new IdAnswer(IdStatus.Returned);
            long first = _sequences[id];
            if (first == Undecided)
                return new IdAnswer(IdStatus.Undecided) { Decided = Decision(id, held) };
            if (Ignores)
                _ignored++;
            return new IdAnswer(IdStatus.Taken) { FirstSequence = first, Written = _unwritten.GetValueOrDefault(id) };
        }
    }

    /// <summary>Ignores an item without waiting for anything. False unless its id is taken and such items are ignored.</summary>
    public bool TryIgnore(ItemId id)
    {
        lock (_lock)
        {
            if (!Ignores || _returned.Contains(id) || !_sequences.TryGetValue(id, out long first) || first == Undecided)
                return false;
            _ignored++;
            return true;
        }
    }

    /// <summary>Claims the id for the run, which brings an item with it back until <see cref="EndReturn"/>. False if the id was claimed before.</summary>
    public bool TryBeginReturn(ItemId id)
    {
        lock (_lock)
        {
            // One whose input was left is not of an earlier start: it comes when it is fed again.
            return !_left.ContainsKey(id) && _sequences.TryAdd(id, Undecided);
        }
    }

    /// <summary>It is known whether the item has come back, and so means the next one that is fed with the id. One that has not leaves its id to the next feed call.</summary>
    public void EndReturn(ItemId id, bool hasReturned)
    {
        TaskCompletionSource? decision;
        lock (_lock)
        {
            if (hasReturned)
                _returned.Add(id);
            else
                _sequences.Remove(id);
            _decisions.Remove(id, out decision);
        }

        decision?.SetResult();
    }

    /// <summary>Whether the id is claimed.</summary>
    public bool IsClaimed(ItemId id)
    {
        lock (_lock)
            return _sequences.ContainsKey(id);
    }

    /// <summary>The item for which the id was claimed was accepted, and whatever was left with it is its own.</summary>
    /// <param name="id">The id.</param>
    /// <param name="sequence">The sequence number of the item.</param>
    /// <param name="written">The writing of its input; null if there is none.</param>
    public void Accept(ItemId id, long sequence, Task? written)
    {
        // What has failed stays: no call must be told that the item is durable.
        bool keepsWriting = Ignores && written is { IsCompletedSuccessfully: false };
        TaskCompletionSource? decision;
        lock (_lock)
        {
            _sequences[id] = sequence;
            _left.Remove(id);
            if (keepsWriting)
                _unwritten[id] = written!;
            _decisions.Remove(id, out decision);
        }

        decision?.SetResult();
        if (keepsWriting)
            _ = written!.ContinueWith(_ => OnWritten(id), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The item for which the id was claimed was not accepted, and its input is in the store, or on its way there. The next item with the id takes its place.</summary>
    public void Leave(ItemId id, LeftInput input)
    {
        TaskCompletionSource? decision;
        lock (_lock)
        {
            _sequences.Remove(id);
            _left[id] = input;
            _decisions.Remove(id, out decision);
        }

        decision?.SetResult();
    }

    /// <summary>The input that was left with an id, which is claimed; null if none was. It stays until an item with the id is accepted.</summary>
    public LeftInput? LeftOf(ItemId id)
    {
        lock (_lock)
            return _left.GetValueOrDefault(id);
    }

    /// <summary>The item for which the id was claimed was not accepted. An input that was left with it is still there.</summary>
    public void GiveBack(ItemId id)
    {
        TaskCompletionSource? decision;
        lock (_lock)
        {
            _sequences.Remove(id);
            _returned.Remove(id);
            _decisions.Remove(id, out decision);
        }

        decision?.SetResult();
    }

    private void OnWritten(ItemId id)
    {
        lock (_lock)
            _unwritten.Remove(id);
    }

    private Task Decision(ItemId id, in Lock.Scope held)
    {
        if (!_decisions.TryGetValue(id, out TaskCompletionSource? decision))
            _decisions.Add(id, decision = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return decision.Task;
    }
}

/// <summary>The input of an item that was not accepted.</summary>
/// <param name="Record">What is known of the item.</param>
/// <param name="Written">Its writing.</param>
internal sealed record LeftInput(ItemRecord Record, Task Written);

/// <summary>The answer to a call that asks for an id.</summary>
/// <param name="Status">Whether the call has it.</param>
internal readonly record struct IdAnswer(IdStatus Status)
{
    /// <summary>The sequence number of the item that has the id, if it is taken.</summary>
    public long FirstSequence { get; init; }

    /// <summary>What makes the input of that item durable; null if nothing is still to be written.</summary>
    public Task? Written { get; init; }

    /// <summary>Ends once it is worth while to ask again, if it is not decided.</summary>
    public Task? Decided { get; init; }
}

/// <summary>What has become of an id.</summary>
internal enum IdStatus
{
    /// <summary>The call that asks has it: it is free no longer.</summary>
    Claimed,

    /// <summary>An item that the run has brought back by itself. The first one that is fed with the id means that item.</summary>
    Returned,

    /// <summary>An item that was accepted.</summary>
    Taken,

    /// <summary>An item of which it is not known yet whether it is accepted.</summary>
    Undecided,
}
