namespace AntFlow.Dataflow;

/// <summary>Brackets the user code that workers call: times it, makes it visible, and lets the code that ends the run take the item away meanwhile.</summary>
internal sealed partial class UserCode(StageBlock block, RunState run)
{
    /// <summary>Returns how long the item has been in the stage.</summary>
    public TimeSpan ElapsedInStage(Item item, long now) => item.Visit.HasStarted ? run.Clock.Between(item.Visit.StartedAt, now) : TimeSpan.Zero;

    /// <summary>Returns the time; it is read once where one thing ends and the next begins.</summary>
    public long Now(Worker worker) => worker.LastStamp != 0 ? worker.LastStamp : worker.LastStamp = run.Clock.Now;

    /// <summary>Begins user code; the claim is open from here on.</summary>
    public long Begin(Worker worker, string what)
    {
        long begin = Now(worker);
        worker.Since = begin;
        worker.Task = what;
        worker.IsBusy = true;
        worker.AllowAbandon();
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

    /// <summary>Ends a callback, perhaps with an error. Returns false if the item was taken away from the worker in the meantime.</summary>
    public bool EndCallback(Worker worker, long begin, string callback, Exception? thrown)
    {
        if (thrown is not null)
            run.ReportCallback(callback, worker.ItemId, block.Name, thrown);
        return TryEnd(worker, begin, thrown);
    }

    /// <summary>Ends user code. Returns false if the item was taken away from the worker in the meantime: then the worker is free, and must not touch the item.</summary>
    public bool TryEnd(Worker worker, long begin, Exception? thrown)
    {
        Step();
        bool isOurs = worker.TryForbidAbandon();
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
