namespace AntFlow.Dataflow;

/// <summary>The ids of a run since it started here: each is accepted once. About a hundred bytes an id.</summary>
/// <remarks>
/// <para>An id is claimed by a feed call, or by the run, which brings unfinished items back one after another. The run looks an item up between its claim and the moment in which it is
/// known to have come back, and that can take as long as a store that stalls. A feed call with that id waits for it: it means the same item, which may yet turn out to be nowhere.</para>
/// <para><b>The lock</b> guards all fields. Nothing is called under it; the task of a return completes its continuations elsewhere.</para>
/// </remarks>
internal sealed class ItemClaims
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ItemId, long> _sequences = [];
    private readonly HashSet<ItemId> _returned = [];
    private readonly Dictionary<ItemId, LeftInput> _left = [];
    private ItemId _returningId;
    private TaskCompletionSource? _returning;

    /// <summary>Claims the id for a feed call, and waits while the run is bringing an item with it back.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled during that wait; nothing is claimed.</exception>
    public async ValueTask<ClaimAnswer> ClaimAsync(ItemId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task returning;
            lock (_lock)
            {
                if (_sequences.TryAdd(id, -1))
                    return ClaimAnswer.Claimed;
                if (_returned.Remove(id))
                    return ClaimAnswer.Returned;
                if (_returning is null || _returningId != id)
                    return ClaimAnswer.Duplicate;
                returning = _returning.Task;
            }

            await returning.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Claims the id for the run, which brings an item with it back until <see cref="EndReturn"/>. False if the id was claimed before.</summary>
    public bool TryBeginReturn(ItemId id)
    {
        lock (_lock)
        {
            // One whose input was left is not of an earlier start: it comes when it is fed again.
            if (_left.ContainsKey(id) || !_sequences.TryAdd(id, -1))
                return false;
            (_returningId, _returning) = (id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return true;
        }
    }

    /// <summary>Ends the return begun last. An item that has not come back leaves its id to the next feed call.</summary>
    public void EndReturn(bool hasReturned)
    {
        TaskCompletionSource returning;
        lock (_lock)
        {
            returning = _returning!;
            _returning = null;
            if (hasReturned)
                _returned.Add(_returningId);
            else
                _sequences.Remove(_returningId);
        }

        returning.SetResult();
    }

    /// <summary>Whether the id is claimed.</summary>
    public bool IsClaimed(ItemId id)
    {
        lock (_lock)
            return _sequences.ContainsKey(id);
    }

    /// <summary>The item for which the id was claimed was accepted, and whatever was left with it is its own.</summary>
    public void Accept(ItemId id, long sequence)
    {
        lock (_lock)
        {
            _sequences[id] = sequence;
            _left.Remove(id);
        }
    }

    /// <summary>The item for which the id was claimed was not accepted, and its input is in the store, or on its way there. The next item with the id takes its place.</summary>
    public void Leave(ItemId id, LeftInput input)
    {
        lock (_lock)
        {
            _sequences.Remove(id);
            _left[id] = input;
        }
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
        lock (_lock)
            _sequences.Remove(id);
    }

    /// <summary>The sequence number of the item accepted with this id; -1 if there is none yet.</summary>
    public long SequenceOf(ItemId id)
    {
        lock (_lock)
            return _sequences.GetValueOrDefault(id, -1);
    }
}

/// <summary>The input of an item that was not accepted.</summary>
/// <param name="Record">What is known of the item.</param>
/// <param name="Written">Its writing.</param>
internal sealed record LeftInput(ItemRecord Record, Task Written);

/// <summary>What a feed call is told about an id.</summary>
internal enum ClaimAnswer
{
    /// <summary>It has the id now.</summary>
    Claimed,

    /// <summary>The run has brought the item back by itself. The first feed call with the id means that item.</summary>
    Returned,

    /// <summary>Another item has the id.</summary>
    Duplicate,
}
