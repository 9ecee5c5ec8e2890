namespace AntFlow.Dataflow;

/// <summary>Brackets what workers call that is not ours: times it, shows it, and lets whoever ends the run take the item away meanwhile.</summary>
internal sealed partial class UserCode(StageBlock block, RunState run)
{
    /// <summary>How long the item has been in the stage.</summary>
    public TimeSpan ElapsedInStage(Item item, long now) => item.Visit.HasStarted ? run.Clock.Between(item.Visit.StartedAt, now) : TimeSpan.Zero;

    /// <summary>The time, which is asked once where one thing ends and the next begins.</summary>
    public long Now(Worker worker) => worker.LastStamp != 0 ? worker.LastStamp : worker.LastStamp = run.Clock.Now;

    /// <summary>User code begins, and the claim is open from here on.</summary>
    public long Begin(Worker worker, string what)
    {
        long begin = Now(worker);
        worker.Since = begin;
        worker.Task = what;
        worker.IsBusy = true;
        worker.OpenClaim();
        return begin;
    }

    private void End(Worker worker, long begin)
    {
        long end = run.Clock.Now;
        worker.IsBusy = false;
        worker.Task = null;
        worker.BusyTicks += end - begin;
        worker.LastActive = end;
        worker.Since = end;
        worker.LastStamp = end;
    }

    /// <summary>A callback has ended, perhaps with an error. False if the item was taken away from the worker in the meantime.</summary>
    public bool EndCallback(Worker worker, long begin, string callback, Exception? thrown)
    {
        if (thrown is not null)
            run.ReportCallback(callback, worker.ItemId, block.Name, thrown);
        return TryEnd(worker, begin, thrown);
    }

    /// <summary>User code has ended. False if the item was taken away from the worker in the meantime: then the worker is free, and no more.</summary>
    public bool TryEnd(Worker worker, long begin, Exception? thrown)
    {
        Step();
        bool isOurs = worker.TryClaim();
        Broken("claim-not-asked", ref isOurs, true);
        End(worker, begin);
        if (!isOurs)
            run.ReportLate(worker.ItemId, block.Name, thrown);
        return isOurs;
    }

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
