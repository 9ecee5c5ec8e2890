namespace AntFlow.Dataflow;

/// <summary>How items leave the hands of a worker between two tasks, and come back: those whose next task may not start now, and suspects that may not start.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards <see cref="Held"/> as well. Who may start is decided elsewhere (<see cref="Suspects"/>), under another lock; no section of one enters
/// the other.</remarks>
internal sealed class StageHolding(StageNode node, RunState run, PoolState state, WorkerPool pool, StageIntake intake, StageLimits limits)
{
    public StageNode Node { get; } = node;

    public HeldLine Held { get; } = new();

    /// <summary>The smallest width of the suspects that wait; 0 without any.</summary>
    public int LeastWidth(in Section held) => Held.Items.Select(item => item.Record!.Width).DefaultIfEmpty().Min();

    /// <summary>At how many crashes those ran that ran at the fewest, and at the most; 0 without any.</summary>
    public (int Fewest, int Most) Crashes(in Section held) => Held.Count == 0 ? default : (Held.Items.Min(item => item.Record!.Crashes), Held.Items.Max(item => item.Record!.Crashes));

    /// <summary>Puts the item in a worker's hands aside: it holds no worker, no place and no permit any longer, and keeps its priority and its ticket.</summary>
    /// <returns>False if the run is closing, and the item may not go on: then it was counted as canceled.</returns>
    public bool PutAside(Worker worker, Item item)
    {
        long now = run.Clock.Now;
        using (Section held = state.Enter(out _))
        {
            if (!run.Closing.MayGoOn(item))
            {
                intake.Tally.End(ResultStatus.Canceled);
                return false;
            }

            if (item.IsWatched)
                item.Watch.Leave(item.Visit.ReadyAt, now, intake.HeldByReader(now), Spending.Store);
            item.Visit.ReadyAt = now;
            item.Visit.HoldsPlace = false;
            Held.Add(item);
            item.Record!.Held = item;
            worker.Item = null;
            pool.GiveBackPlace(worker, held);
            if (worker.GiveBackPermit())
                limits.Grant(self: null, held);
            pool.WakeIfNeeded(held);
        }

        return true;
    }

    /// <summary>Puts an item back into the front whose next task may not start now. Nobody saw it before: what was noted of it as running has to be taken back first.</summary>
    /// <returns>False if the run is closing, and the item may not go on: then it was counted as canceled.</returns>
    public bool PutBack(Worker worker, Item item)
    {
        using (Section held = state.Enter(out _))
        {
            if (!run.Closing.MayGoOn(item))
            {
                intake.Tally.End(ResultStatus.Canceled);
                return false;
            }

            item.Visit.ReadyAt = worker.LastStamp;
            worker.GivePlaceTo(item);
            state.Front.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            worker.Item = null;
            pool.WakeIfNeeded(held);
        }

        return true;
    }

    /// <summary>Puts a suspect that may start now back into the front, at its old place. False if it is not held any more.</summary>
    public bool BringBack(ItemRecord suspect)
    {
        long now = run.Clock.Now;
        using (Section held = state.Enter(out _))
        {
            if (suspect.Held is not { } item || !Held.Remove(item))
                return false;
            suspect.Held = null;
            // That it was put aside is not the item's fault: none of its limits of time runs meanwhile.
            long waited = Math.Max(0, now - item.Visit.ReadyAt);
            item.Visit.StartedAt += waited;
            item.Visit.PassBeganAt += waited;
            item.Visit.ThrottledSince += waited;
            item.Visit.ReadyAt = now;
            if (item.IsWatched)
                item.Watch.Wait(Spending.Queue, now, intake.HeldByReader(now));
            state.Front.EnqueueAgain(item, item.Priority, item.Visit.Ticket);
            pool.WakeIfNeeded(held);
        }

        return true;
    }
}
