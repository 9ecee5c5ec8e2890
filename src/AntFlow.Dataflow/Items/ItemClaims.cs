namespace AntFlow.Dataflow;

/// <summary>The ids of a run since its start in this process. Each id is accepted once. It takes about a hundred bytes per id, until the run ends.</summary>
/// <remarks>
/// <para>An id is claimed by a feed call, or by the run when it brings back unfinished items one after another. Until the item of the claim is accepted or rejected, it is undecided whether the id
/// is taken: the item may have to be looked up or wait for the reader of ordered results, and its feed call may be canceled meanwhile. A call with the same id waits for the decision and then asks
/// again. If the item was not accepted, one of the waiting calls takes its place. An id is therefore reported as taken only if its item was accepted.</para>
/// <para>A call that waits here must not hold anything that the item of the claim may wait for.</para>
/// <para><b>The lock</b> guards all fields. Nothing is called under it; continuations of the tasks run elsewhere.</para>
/// </remarks>
/// <param name="ignores">Whether an item whose id is taken is ignored; otherwise it fails.</param>
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

    /// <summary>Creates the claims of a run.</summary>
    /// <param name="onDuplicate">What happens to a second item of an id; null if ids are not checked.</param>
    /// <returns>The claims; null if ids are not checked.</returns>
    public static ItemClaims? Of(DuplicateHandling? onDuplicate) => onDuplicate is { } what ? new ItemClaims(what == DuplicateHandling.Ignore) : null;

    /// <summary>Whether an item whose id is taken is ignored; otherwise it fails.</summary>
    public bool Ignores { get; } = ignores;

    /// <summary>The number of ignored items.</summary>
    public long Ignored
    {
        get
        {
            lock (_lock)
                return _ignored;
        }
    }

    /// <summary>Requests the id. A call that gets it must call <see cref="Accept"/>, <see cref="Leave"/> or <see cref="GiveBack"/>. If the id is taken and such items are ignored, the item is
    /// counted as ignored.</summary>
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

    /// <summary>Ignores an item without waiting. Returns false unless its id is taken and such items are ignored.</summary>
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

    /// <summary>Claims the id for the run, which brings its item back, until <see cref="EndReturn"/>. Returns false if the id was claimed before.</summary>
    public bool TryBeginReturn(ItemId id)
    {
        lock (_lock)
        {
            // An item whose input was left does not come from an earlier start: it continues when it is fed again.
            return !_left.ContainsKey(id) && _sequences.TryAdd(id, Undecided);
        }
    }

    /// <summary>Reports whether the item was brought back. If so, the next item that is fed with the id stands for it; if not, the next feed call gets the id.</summary>
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

    /// <summary>Returns whether the id is claimed.</summary>
    public bool IsClaimed(ItemId id)
    {
        lock (_lock)
            return _sequences.ContainsKey(id);
    }

    /// <summary>Reports that the item of the claim was accepted. It owns the input that was left with its id, if there is any.</summary>
    /// <param name="id">The id.</param>
    /// <param name="sequence">The sequence number of the item.</param>
    /// <param name="written">The write of its input; null if there is none.</param>
    public void Accept(ItemId id, long sequence, Task? written)
    {
        // A failed write is kept: no call may report that the item is durable.
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

    /// <summary>Reports that the item of the claim was not accepted, but its input is in the store or is being written. The next item with the id takes its place.</summary>
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

    /// <summary>Returns the input that was left with a claimed id; null if there is none. It is kept until an item with the id is accepted.</summary>
    public LeftInput? LeftOf(ItemId id)
    {
        lock (_lock)
            return _left.GetValueOrDefault(id);
    }

    /// <summary>Reports that the item of the claim was not accepted. An input that was left with the id is kept.</summary>
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
/// <param name="Record">The stored state of the item.</param>
/// <param name="Written">The write of the input.</param>
internal sealed record LeftInput(ItemRecord Record, Task Written);

/// <summary>The answer to a request for an id.</summary>
/// <param name="Status">Whether the call has the id.</param>
internal readonly record struct IdAnswer(IdStatus Status)
{
    /// <summary>The sequence number of the item that has the id, if it is taken.</summary>
    public long FirstSequence { get; init; }

    /// <summary>The write that makes the input of that item durable; null if nothing is left to be written.</summary>
    public Task? Written { get; init; }

    /// <summary>Completes when the call should ask again, if the id is undecided.</summary>
    public Task? Decided { get; init; }
}

/// <summary>The state of an id.</summary>
internal enum IdStatus
{
    /// <summary>The requesting call has the id.</summary>
    Claimed,

    /// <summary>The run has brought the item back by itself. The first item that is fed with the id stands for it.</summary>
    Returned,

    /// <summary>The id belongs to an accepted item.</summary>
    Taken,

    /// <summary>The id belongs to an item that may or may not be accepted.</summary>
    Undecided,
}
