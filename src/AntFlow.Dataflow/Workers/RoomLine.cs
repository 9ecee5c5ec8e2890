namespace AntFlow.Dataflow;

/// <summary>The room of a front, and the slips of the workers and feeders that wait until there is room again. Pure: no lock, no time.</summary>
/// <remarks>Items never wait here, only the workers and feeders that brought them: the items are already in the front, where priority applies to them.</remarks>
internal sealed class RoomLine(int capacity)
{
    private readonly List<WaitSlip> _slips = [];
    private int _limit;
    private int _promised;

    /// <summary>The number of slips that belong to workers of the stage before.</summary>
    public int Workers { get; private set; }

    /// <summary>Whether any slip waits.</summary>
    public bool HasWaiters => _slips.Count > 0;

    /// <summary>Returns whether a front with this number of items has room for one more.</summary>
    public bool HasRoom(long waiting) => capacity < 0 || waiting + _promised < capacity;

    /// <summary>Keeps room for one more item, if there is any.</summary>
    public bool TryPromise(long waiting)
    {
        if (!HasRoom(waiting))
            return false;
        _promised++;
        return true;
    }

    /// <summary>Ends a promise: the item for which room was kept has come, or will not come.</summary>
    public void EndPromise() => _promised--;

    /// <summary>Lines up the slip of a worker or feeder that brought an item, or will bring one later (null), if the front is above its capacity now. Returns false if it is not.</summary>
    /// <param name="slip">The slip to wait on.</param>
    /// <param name="item">The item.</param>
    /// <param name="waiting">How many items are in the front.</param>
    /// <param name="most">How many items may be in the front, if that is below the capacity, because they are large. The last call determines the number at which all slips are released.</param>
    public bool LineUp(WaitSlip slip, Item? item, int waiting, int most = int.MaxValue)
    {
        int limit = Math.Min(capacity, most);
        if (capacity < 0 || waiting <= limit)
            return false;
        _limit = limit;
        slip.ResetForRoom();
        slip.Item = item;
        slip.Position = _slips.Count;
        if (item is not null)
            item.RoomWaiter = slip;
        _slips.Add(slip);
        if (!slip.IsFeeder)
            Workers++;
        return true;
    }

    /// <summary>Takes a slip out. Returns false if it has been answered already.</summary>
    public bool Remove(WaitSlip slip)
    {
        int position = slip.Position;
        if (position < 0 || position >= _slips.Count || _slips[position] != slip)
            return false;
        WaitSlip last = _slips[^1];
        _slips[position] = last;
        last.Position = position;
        _slips.RemoveAt(_slips.Count - 1);
        slip.Position = -1;
        slip.EndForRoom();
        if (slip.Item is not null)
            slip.Item.RoomWaiter = null;
        slip.Item = null;
        if (!slip.IsFeeder)
            Workers--;
        return true;
    }

    /// <summary>Releases the slip that came with this item.</summary>
    public void ReleaseFor(Item item, ref Aftermath after)
    {
        if (item.RoomWaiter is WaitSlip slip && Remove(slip))
            after.Tell(slip, answer: true);
    }

    /// <summary>Releases all slips once the front is down to half of what it may hold: far fewer waits than one for each item.</summary>
    /// <returns>Whether it is down to half its capacity.</returns>
    public bool ReleaseIfLow(int waiting, ref Aftermath after)
    {
        if (capacity >= 0 && waiting <= _limit / 2)
            ReleaseAll(answer: true, ref after);
        return capacity >= 0 && waiting <= capacity / 2;
    }

    /// <summary>Releases all slips.</summary>
    public void ReleaseAll(bool answer, ref Aftermath after)
    {
        while (_slips.Count > 0)
        {
            WaitSlip slip = _slips[^1];
            Remove(slip);
            after.Tell(slip, answer);
        }
    }

    /// <summary>Releases the feeders only: a run that is being stopped takes no more items, but its workers continue under backpressure.</summary>
    public void ReleaseFeeders(bool answer, ref Aftermath after)
    {
        for (int i = _slips.Count - 1; i >= 0; i--)
        {
            WaitSlip slip = _slips[i];
            if (!slip.IsFeeder)
                continue;
            Remove(slip);
            after.Tell(slip, answer);
        }
    }
}
