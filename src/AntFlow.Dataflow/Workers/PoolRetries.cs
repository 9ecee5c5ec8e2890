namespace AntFlow.Dataflow;

/// <summary>The items of a pool that wait for their next attempt or look: outside the front, without a worker. They return to the front, after a failed attempt under their old ticket.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards <see cref="PoolState.Delayed"/> and <see cref="PoolState.Polling"/>; the timer is foreign code and is set outside it.</remarks>
internal sealed class PoolRetries
{
    private readonly PoolState _state;
    private readonly WorkerPool _pool;
    private readonly RetryTimer _timer;

    public PoolRetries(PoolState state, WorkerPool pool, RunClock clock, Action<Exception> onTimerFault)
    {
        _state = state;
        _pool = pool;
        _timer = new RetryTimer(clock, ReturnDue, NextDue, onTimerFault);
    }

    /// <summary>Lets the worker's item wait for its next attempt.</summary>
    /// <returns>Whether it is due before all others: then <see cref="ArmTimer"/> has to follow, outside the lock.</returns>
    public bool Delay(Worker worker, Item item, long dueAt, in LockScope held) => PutAside(worker, item, _state.Delayed, dueAt);

    /// <summary>Lets the worker's item wait for its next look.</summary>
    /// <returns>Whether it is due before all others: then <see cref="ArmTimer"/> has to follow, outside the lock.</returns>
    public bool Poll(Worker worker, Item item, long dueAt, in LockScope held) => PutAside(worker, item, _state.Polling, dueAt);

    /// <summary>Lets an item wait that was restored from an earlier start of the run, where it held a place. <see cref="ArmTimer"/> has to follow, outside the lock.</summary>
    public void PutBack(Item item, long dueAt, in LockScope held)
    {
        item.Visit.Standing = VisitState.Resuming;
        item.Visit.HoldsPlace = true;
        item.Visit.ReadyAt = dueAt;
        _state.PlacesInUse++;
        _state.Delayed.Add(item, dueAt);
    }

    /// <summary>Sets the timer so that waiting items return in time.</summary>
    public void ArmTimer() => _timer.Arm();

    /// <summary>Ends the timer: no item returns any more.</summary>
    public void DisableTimer() => _timer.Disable();

    private long? NextDue()
    {
        using (LockScope held = _state.Enter(out _))
            return Earlier(_state.Delayed.NextDueAt, _state.Polling.NextDueAt);
    }

    private void ReturnDue(long now)
    {
        using (LockScope held = _state.Enter(out _))
        {
            while (_state.Delayed.TryTakeDue(now, out Item item))
                _state.Queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            while (_state.Polling.TryTakeDue(now, out Item item))
            {
                // Under its old ticket a stage with too much to do would look at its oldest items only.
                item.Visit.Ticket = _state.DrawTicket();
                _state.Queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            }

            _pool.WakeIfNeeded(held);
        }
    }

    private bool PutAside(Worker worker, Item item, DelayQueue waiting, long dueAt)
    {
        item.Visit.ReadyAt = dueAt;
        worker.GivePlaceTo(item);
        bool isNext = IsNext(dueAt);
        waiting.Add(item, dueAt);
        worker.Item = null;
        return isNext;
    }

    // The timer is set to the item that is due first. To set it again for each item costs more than all else.
    private bool IsNext(long dueAt) => Earlier(_state.Delayed.NextDueAt, _state.Polling.NextDueAt) is not { } next || dueAt < next;

    private static long? Earlier(long? left, long? right) => left < right || right is null ? left : right;
}
