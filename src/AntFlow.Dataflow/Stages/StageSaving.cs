namespace AntFlow.Dataflow;

/// <summary>The items of a stage that are on their way to the store: no worker holds them, they hold no place, and they continue once they are durable.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards the line of workers that wait for their turn as well. What follows a write runs on the thread that has written.</remarks>
internal sealed class StageSaving(StageBlock block, RunState run, IItemSaver saver, PoolState state, StageEndings endings)
{
    private readonly SavingLimit _limit = new();

    /// <summary>Moves the item from the worker to the store, which owns it from then on: it no longer holds a worker or a place.</summary>
    /// <returns>False if too many items are being saved: the worker keeps the item, waits on its waiter, and then calls <see cref="GiveToStore(Worker, Item)"/>.</returns>
    public bool TryGiveToStore(Worker worker, Item item)
    {
        if (item.IsTimed)
            item.Timing.Turn(Spending.Store, run.Clock.Now);
        using (LockScope held = state.Enter(out _))
        {
            if (!_limit.TryAcquire(worker.Slip, saver.MaxSaving))
                return false;
            GiveToStore(worker, item, held);
            return true;
        }
    }

    /// <summary>Moves the item to the store, when the turn of its worker has come.</summary>
    public void GiveToStore(Worker worker, Item item)
    {
        using (LockScope held = state.Enter(out _))
            GiveToStore(worker, item, held);
    }

    /// <summary>Called when the output of the stage is durable: the item continues, or first returns to a worker for <c>OnSuccess</c>.</summary>
    public void OnSaved(Item item)
    {
        if (block.Stage.Definition.HasOnSuccess && TryBringBack(item))
            return;
        SavedStep saved = item.Record!.Saving!;
        long stamp = run.Clock.Now;
        run.NotifyStatus(item, saved.IsSkipped ? ItemStatus.Skipped : ItemStatus.Completed, block.Stage, (Worker?)saved.Worker, stamp);
        item.Record.Saving = null;
        block.Output.Forward(worker: null, item, saved.IsSkipped, stamp);
        // Only now: until the item has arrived there, it counts as being saved.
        using (LockScope held = state.Enter(out _))
            _limit.Leave(saver.MaxSaving, ref held.After);
    }

    /// <summary>Called when the output of the stage could not be saved: the item ends here.</summary>
    public void OnNotSaved(Item item, ResultStatus status, Exception error)
    {
        EndSaving(status);
        endings.EndUnsaved(item, status, (Worker?)item.Record!.Saving!.Worker, error);
    }

    /// <summary>Called when the failure of the item is durable, or cannot be saved: the item ends here.</summary>
    public void OnFailureSaved(Worker worker, Item item, Exception error, string? function)
    {
        EndSaving(ResultStatus.Failed);
        endings.EndUnsaved(item, ResultStatus.Failed, worker, error, function);
    }

    /// <summary>Called when it is durable that a filter did not let the item through, or cannot be saved: the item ends here.</summary>
    public void OnFilteredSaved(Worker worker, Item item, Exception error)
    {
        EndSaving(ResultStatus.Filtered);
        endings.EndUnsaved(item, ResultStatus.Filtered, worker, error);
    }

    /// <summary>Lets all workers in, which no longer wait for their turn: the run was canceled, and the store does not answer.</summary>
    public void Lift(in LockScope held) => _limit.Lift(ref held.After);

    private void GiveToStore(Worker worker, Item item, in LockScope held)
    {
        block.Intake.Tally.SaveBegun++;
        worker.Item = null;
        item.Visit.HoldsPlace = false;
    }

    /// <summary>Brings an item that has been saved back to a worker for <c>OnSuccess</c>. Returns false if the run was canceled.</summary>
    private bool TryBringBack(Item item)
    {
        long now = run.Clock.Now;
        if (item.IsTimed)
            item.Timing.Wait(Spending.Queue, now, block.Intake.BlockedByReader(now));
        using (LockScope held = state.Enter(out _))
        {
            if (run.Closing == Closing.Canceled)
                return false;
            _limit.Leave(saver.MaxSaving, ref held.After);
            block.Intake.Tally.SaveEnded++;
            item.Visit.Standing = VisitState.Saved;
            state.Queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            block.Workers.WakeIfNeeded(held);
        }

        return true;
    }

    private void EndSaving(ResultStatus status)
    {
        using (LockScope held = state.Enter(out _))
        {
            _limit.Leave(saver.MaxSaving, ref held.After);
            block.Intake.Tally.SaveEnded++;
            block.Intake.Tally.End(status);
        }
    }
}
