namespace AntFlow.Dataflow;

/// <summary>How items leave a worker between two tasks and return: those whose next task may not start now, and suspects that may not start.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards <see cref="Quarantined"/> as well. Which items may start is decided elsewhere (<see cref="SharedSuspectScheduler"/>), under another lock; no section of one enters
/// the other.</remarks>
internal sealed class StageRequeuing(PipelineStage stage, RunState run, PoolState state, WorkerPool pool, StageIntake intake, StageLimits limits)
{
    public PipelineStage Node { get; } = stage;

    public DeferredItems Quarantined { get; } = new();

    /// <summary>Returns the smallest width of the suspects that wait; 0 without any.</summary>
    public int LeastWidth(in LockScope held) => Quarantined.Items.Select(item => item.Record!.MaxConcurrentSuspects).DefaultIfEmpty().Min();

    /// <summary>Returns the fewest and the most crashes at which one of the waiting suspects ran; 0 without any.</summary>
    public (int Fewest, int Most) Crashes(in LockScope held) => Quarantined.Count == 0 ? default : (Quarantined.Items.Min(item => item.Record!.Crashes), Quarantined.Items.Max(item => item.Record!.Crashes));

    /// <summary>Puts the worker's item aside: it no longer holds a worker, a place or a permit, and keeps its priority and its ticket.</summary>
    /// <returns>False if the run is closing, and the item may not continue: then it was counted as canceled.</returns>
    public bool Quarantine(Worker worker, Item item)
    {
        long now = run.Clock.Now;
        using (LockScope held = state.Enter(out _))
        {
            if (!run.Closing.MayGoOn(item))
            {
                intake.Tally.End(ResultStatus.Canceled);
                return false;
            }

            if (item.IsTimed)
                item.Timing.Leave(item.Visit.ReadyAt, now, intake.BlockedByReader(now), Spending.Store);
            item.Visit.ReadyAt = now;
            item.Visit.HoldsPlace = false;
            Quarantined.Add(item);
            item.Record!.Quarantined = item;
            worker.Item = null;
            pool.GiveBackPlace(worker, held);
            if (worker.GiveBackPermit())
                limits.Grant(self: null, held);
            pool.WakeIfNeeded(held);
        }

        return true;
    }

    /// <summary>Gives the worker's item its key, or lets it wait for it: then it no longer holds a worker or a place.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="item">Its item.</param>
    /// <param name="key">The key; the default value for none.</param>
    /// <returns>None if the item may continue.</returns>
    public Outcome EnterKey(Worker worker, Item item, ItemId key)
    {
        if (key.IsDefault)
        {
            ReleaseKey(item.KeyState!);
            return Outcome.None;
        }

        long now = run.Clock.Now;
        using (LockScope held = state.Enter(out _))
        {
            // An item that may not continue gives its request back when it ends.
            if (!run.Closing.MayGoOn(item))
            {
                intake.Tally.End(ResultStatus.Canceled);
                return Outcome.Canceled;
            }

            List<Item> released = [];
            bool hasKey = state.Keys!.Enter(item, key, released);
            Return(released, now, held);
            if (hasKey)
            {
                intake.ReleaseRoom(item, held);
                return Outcome.None;
            }

            if (item.IsTimed)
                item.Timing.Wait(Spending.Queue, now, intake.BlockedByReader(now));
            item.Visit.ReadyAt = now;
            item.Visit.HoldsPlace = false;
            worker.Item = null;
            pool.GiveBackPlace(worker, held);
            pool.WakeIfNeeded(held);
            return Outcome.AwaitsKey;
        }
    }

    /// <summary>Takes the key, or the request for it, away from an item that has left the stage or needs no key: other items may have the key now, and return to the queue.</summary>
    /// <param name="key">What the item had: <see cref="Item.KeyState"/>.</param>
    public void ReleaseKey(object key)
    {
        long now = run.Clock.Now;
        using (LockScope held = state.Enter(out _))
        {
            List<Item> released = [];
            if (key is KeyRequest request)
            {
                state.Keys!.Withdraw(request, released);
                intake.ReleaseRoom(request.Item, held);
            }
            else if (state.Keys!.Leave((KeyLine)key) is { } next)
            {
                released.Add(next);
            }

            Return(released, now, held);
        }
    }

    private void Return(List<Item> released, long now, in LockScope held)
    {
        foreach (Item item in released)
        {
            item.Visit.ReadyAt = now;
            state.Queue.EnqueueAgain(item, item.Priority, item.Visit.Ticket);
        }

        pool.WakeIfNeeded(held);
    }

    /// <summary>Puts an item whose next task may not start now back into the front. No other worker sees the item before that, so the caller first clears the note that it runs.</summary>
    /// <returns>False if the run is closing, and the item may not continue: then it was counted as canceled.</returns>
    public bool Requeue(Worker worker, Item item)
    {
        using (LockScope held = state.Enter(out _))
        {
            if (!run.Closing.MayGoOn(item))
            {
                intake.Tally.End(ResultStatus.Canceled);
                return false;
            }

            item.Visit.ReadyAt = worker.LastStamp;
            worker.GivePlaceTo(item);
            state.Queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            worker.Item = null;
            pool.WakeIfNeeded(held);
        }

        return true;
    }

    /// <summary>Puts a suspect that may start now back into its old place in the front. Returns false if it is no longer held.</summary>
    public bool BringBack(ItemRecord suspect)
    {
        long now = run.Clock.Now;
        using (LockScope held = state.Enter(out _))
        {
            if (suspect.Quarantined is not { } item || !Quarantined.Remove(item))
                return false;
            suspect.Quarantined = null;
            // The item did not cause being put aside: none of its time limits runs meanwhile.
            long waited = Math.Max(0, now - item.Visit.ReadyAt);
            item.Visit.StartedAt += waited;
            item.Visit.PassBeganAt += waited;
            item.Visit.ThrottledSince += waited;
            item.Visit.ReadyAt = now;
            if (item.IsTimed)
                item.Timing.Wait(Spending.Queue, now, intake.BlockedByReader(now));
            state.Queue.EnqueueAgain(item, item.Priority, item.Visit.Ticket);
            pool.WakeIfNeeded(held);
        }

        return true;
    }
}
