namespace AntFlow.Dataflow;

/// <summary>The room of a front, and the waiters of the workers and feeders that wait until there is room again. Pure: no lock, no time.</summary>
/// <remarks>Items never wait here, only the workers and feeders that brought them: the items are already in the front, where priority applies to them.</remarks>
internal sealed class RoomWaiters(int capacity)
{
    private readonly List<Waiter> _waiters = [];
    private int _limit;
    private int _promised;

    /// <summary>Whether any waiter waits.</summary>
    public bool HasWaiters => _waiters.Count > 0;

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

    /// <summary>Lines up the waiter of a worker or feeder that brought an item, or will bring one later (null), if the front is above its capacity now. Returns false if it is not.</summary>
    /// <param name="waiter">The waiter to wait on.</param>
    /// <param name="item">The item.</param>
    /// <param name="waiting">How many items are in the front.</param>
    /// <param name="most">How many items may be in the front, if that is below the capacity, because they are large. The last call determines the number at which all waiters are released.</param>
    public bool LineUp(Waiter waiter, Item? item, int waiting, int most = int.MaxValue)
    {
        int limit = Math.Min(capacity, most);
        if (capacity < 0 || waiting <= limit)
            return false;
        _limit = limit;
        waiter.ResetForRoom();
        waiter.Item = item;
        waiter.Position = _waiters.Count;
        if (item is not null)
            item.RoomWaiter = waiter;
        _waiters.Add(waiter);
        return true;
    }

    /// <summary>Takes a waiter out. Returns false if it has been answered already.</summary>
    public bool Remove(Waiter waiter)
    {
        int position = waiter.Position;
        if (position < 0 || position >= _waiters.Count || _waiters[position] != waiter)
            return false;
        Waiter last = _waiters[^1];
        _waiters[position] = last;
        last.Position = position;
        _waiters.RemoveAt(_waiters.Count - 1);
        waiter.Position = -1;
        waiter.EndForRoom();
        if (waiter.Item is not null)
            waiter.Item.RoomWaiter = null;
        waiter.Item = null;
        return true;
    }

    /// <summary>Releases the waiter that came with this item.</summary>
    public void ReleaseFor(Item item, ref PostLockActions after)
    {
        if (item.RoomWaiter is Waiter waiter && Remove(waiter))
            after.CompleteWait(waiter, answer: true);
    }

    /// <summary>Releases all waiters once the front is down to half of what it may hold: far fewer waits than one for each item.</summary>
    /// <returns>Whether it is down to half its capacity.</returns>
    public bool ReleaseIfLow(int waiting, ref PostLockActions after)
    {
        if (capacity >= 0 && waiting <= _limit / 2)
            ReleaseAll(answer: true, ref after);
        return capacity >= 0 && waiting <= capacity / 2;
    }

    /// <summary>Releases all waiters.</summary>
    public void ReleaseAll(bool answer, ref PostLockActions after)
    {
        while (_waiters.Count > 0)
        {
            Waiter waiter = _waiters[^1];
            Remove(waiter);
            after.CompleteWait(waiter, answer);
        }
    }

    /// <summary>Releases the feeders only: a run that is being stopped takes no more items, but its workers continue under backpressure.</summary>
    public void ReleaseFeeders(bool answer, ref PostLockActions after)
    {
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            Waiter waiter = _waiters[i];
            if (!waiter.IsFeeder)
                continue;
            Remove(waiter);
            after.CompleteWait(waiter, answer);
        }
    }
}
