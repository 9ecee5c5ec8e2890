namespace AntFlow.Dataflow;

/// <summary>A pool whose items may come back: those that wait for their next attempt wait outside the front, without a worker, and return to it under their old ticket.</summary>
/// <remarks>The lock of <see cref="WorkerPool"/> guards <see cref="WorkerPool.Waiting"/> as well; the timer is foreign code and is set outside it.</remarks>
internal abstract class RetryingPool : WorkerPool
{
    private readonly RetryTimer _timer;

    protected RetryingPool(string name, RunClock clock, int workers, PlaceRule places, Action<Exception> onTimerFault)
        : base(name, clock, workers, places)
    {
        _timer = new RetryTimer(clock, ReturnDue, NextDue, onTimerFault);
    }

    /// <summary>Lets the item in a worker's hands wait. <see cref="ArmTimer"/> has to follow, outside the lock.</summary>
    protected void PutAway(Worker worker, Item item, long dueAt, in Section held)
    {
        item.AwaitsRetry = true;
        item.ReadyAt = dueAt;
        Waiting.Add(item, dueAt);
        worker.Item = null;
    }

    /// <summary>Lets an item wait that has come back from an earlier life, where it held a place. <see cref="ArmTimer"/> has to follow, outside the lock.</summary>
    protected void PutBack(Item item, long dueAt, in Section held)
    {
        item.AwaitsRetry = true;
        item.HoldsPlace = true;
        item.ReadyAt = dueAt;
        FreePlaces(-1, held);
        Waiting.Add(item, dueAt);
    }

    /// <summary>Sees to it that whoever waits comes back in time.</summary>
    protected void ArmTimer() => _timer.Arm();

    /// <summary>Nothing comes back any more.</summary>
    protected void EndTimer() => _timer.End();

    private long? NextDue()
    {
        using (Section held = Gate.Enter(out _))
            return Waiting.NextDueAt;
    }

    private void ReturnDue(long now)
    {
        using (Section held = Gate.Enter(out _))
        {
            while (Waiting.TryTakeDue(now, out Item item))
                Front.EnqueueReturning(item, item.Priority, item.Ticket);
            WakeIfNeeded(held);
        }

    }
}
