namespace AntFlow.Dataflow;

/// <summary>One stage in one run: the front, the workers, the limits of its tasks, the room for retries, and the counts of all that.</summary>
/// <remarks>
/// <para><b>The lock</b> (of <see cref="PoolState"/>) guards the fields below as well. An item moves and is counted in the same section, so a snapshot, which takes the
/// locks of all stages in their order, adds up exactly. Populations are read from the structures themselves (the front, the gates, the waiting room); what is in
/// progress is what is left over. No section of one stage enters another one's lock, a snapshot aside.</para>
/// <para>The work on an item that needs no lock is in <see cref="StageLoop"/>.</para>
/// </remarks>
internal sealed class StageBlock : IPoolOwner
{
    private const int ShownAttempts = 5;

    private readonly RunState _run;
    private readonly PoolState _state = new();
    private readonly StageLoop _loop;
    private readonly StageLimits _limits;
    private readonly PoolRetries _retries;
    private readonly StageEndings _endings;
    private readonly PassTimes _passes;
    private readonly SavingLine _saving = new();
    private readonly bool _hasLimits;

    public StageBlock(StagePlace place, RunState run)
    {
        Place = place;
        _run = run;
        _endings = new StageEndings(run, place);
        _limits = new StageLimits(place.Definition, run);
        Pool = new WorkerPool(place.Name, _state, this, place.Definition.Settings.Workers, place.Definition.Places, _limits.StartPermits);
        _retries = new PoolRetries(_state, Pool, run.Clock, run.ReportFault);
        Intake = new StageIntake(place, run, _state, Pool, _retries, _endings);
        Holding = new StageHolding(place, run, _state, Pool, Intake, _limits);
        _hasLimits = _limits.Any;
        _passes = new PassTimes(run.Clock.Frequency);
        _loop = new StageLoop(this, run);
    }

    public StagePlace Place { get; }

    public string Name => Place.Name;

    /// <summary>The workers.</summary>
    public WorkerPool Pool { get; }

    /// <summary>The way in.</summary>
    public StageIntake Intake { get; }

    /// <summary>Where suspects wait.</summary>
    public StageHolding Holding { get; }

    /// <summary>Where finished items go. Set once, before the run starts.</summary>
    public StageExit Exit { get; set; } = null!;

    /// <summary>Asks whether a worker may begin the next task of its item, other than the first one it was taken for.</summary>
    public Outcome Enter(Worker worker, Item item)
    {
        Outcome outcome = Outcome.None;
        using (Section held = _state.Enter(out _))
        {
            worker.GiveBackPermit();
            if (!_run.Closing.MayGoOn(item))
            {
                Intake.Tally.End(ResultStatus.Canceled);
                outcome = Outcome.Canceled;
            }
            else if (!_limits.MayStart(held))
            {
                outcome = Outcome.Paused;
            }
            else if (item.Visit.TaskIndex == 0 && _limits.StartPermits is { } starts)
            {
                if (!Pool.TryStart(worker, item, starts, held))
                    outcome = Outcome.Limited;
            }
            else if (_limits.LineUp(worker, item, held))
            {
                outcome = Outcome.AwaitsPermit;
            }

            if (_limits.Grant(worker, held))
                outcome = Outcome.None;
            Pool.WakeIfNeeded(held);
        }

        return outcome;
    }

    /// <summary>Shows what a task says it is doing. False if it came too soon after the last one, or the attempt has ended.</summary>
    public bool SetTaskStatus(Worker worker, long attemptNumber, string? text, TimeSpan minInterval)
    {
        long now = _run.Clock.Now;
        using (Section held = _state.Enter(out _))
        {
            if (worker.AttemptNumber != attemptNumber)
                return false;
            if (worker.TaskStatus is not null && _run.Clock.Between(worker.TaskStatusAt, now) < minInterval)
                return false;
            worker.TaskStatus = text;
            worker.TaskStatusAt = now;
            return true;
        }
    }

    /// <summary>Gives a permit back before its holder does something else than run the task.</summary>
    public void GiveBackPermit(Worker worker)
    {
        using (Section held = _state.Enter(out _))
        {
            GiveBackPermit(worker, held);
        }
    }

    /// <summary>Gives a permit back in a section: another item may have it.</summary>
    public void GiveBackPermit(Worker worker, in Section held)
    {
        if (!worker.GiveBackPermit())
            return;
        _limits.Grant(self: null, held);
        Pool.WakeIfNeeded(held);
    }

    /// <summary>Lets an item wait for its next attempt. False if the run is closing: then it was counted as canceled.</summary>
    public bool PutAway(Worker worker, Item item, long dueAt, bool isThrottled)
    {
        bool mayWait;
        using (Section held = _state.Enter(out _))
        {
            mayWait = _run.Closing == Closing.No;
            if (isThrottled)
                Intake.Tally.Throttled++;
            if (mayWait)
                _retries.PutAway(worker, item, dueAt, held);
            else
                Intake.Tally.End(ResultStatus.Canceled);
        }

        if (mayWait)
            _retries.ArmTimer();
        return mayWait;
    }

    /// <summary>Takes the item out of the worker's hands: it is the store's now, and holds neither worker nor place any longer.</summary>
    /// <returns>False if too many are being saved: the worker keeps it, waits on its slip, and gives it then (<see cref="GiveToStore(Worker, Item)"/>).</returns>
    public bool TryGiveToStore(Worker worker, Item item)
    {
        using (Section held = _state.Enter(out _))
        {
            if (!_saving.TryEnter(worker.Slip, _run.Saver!.MaxSaving))
                return false;
            GiveToStore(worker, item, held);
            return true;
        }
    }

    /// <summary>The worker's turn to give its item to the store has come.</summary>
    public void GiveToStore(Worker worker, Item item)
    {
        using (Section held = _state.Enter(out _))
            GiveToStore(worker, item, held);
    }

    /// <summary>What the stage has made of the item is durable: the item goes on, or comes back first to tell of it.</summary>
    public void OnSaved(Item item)
    {
        if (Place.Definition.HasOnSuccess && TryBringBack(item))
            return;
        SavedStep saved = item.Record!.Saving!;
        long stamp = _run.Clock.Now;
        _run.Tell(item, saved.IsSkipped ? ItemStatus.Skipped : ItemStatus.Completed, Place, (Worker?)saved.Worker, stamp);
        item.Record.Saving = null;
        Exit.HandOn(worker: null, item, saved.IsSkipped, stamp);
        // Only now: until it has arrived there, it counts as being saved.
        using (Section held = _state.Enter(out _))
            _saving.Leave(_run.Saver!.MaxSaving, ref held.After);
    }

    /// <summary>What the stage has made of the item could not be saved: it ends here.</summary>
    public void OnNotSaved(Item item, ResultStatus status, Exception error)
    {
        EndSaving(status);
        _endings.EndUnsaved(item, status, (Worker?)item.Record!.Saving!.Worker, error);
    }

    /// <summary>That the item has failed is durable, or cannot be saved: it ends here.</summary>
    public void OnFailureSaved(Worker worker, Item item, Exception error, string? function)
    {
        EndSaving(ResultStatus.Failed);
        _endings.EndUnsaved(item, ResultStatus.Failed, worker, error, function);
    }

    /// <summary>Counts an item that ends in the hands of a worker.</summary>
    public void CountEnd(ResultStatus status)
    {
        using (Section held = _state.Enter(out _))
        {
            Intake.Tally.End(status);
        }
    }

    /// <summary>Gives back the place of the item that has left, before its worker waits for room.</summary>
    public void FreePlace(Worker worker)
    {
        if (worker.Permit is not null)
            GiveBackPermit(worker);
        Pool.GiveBackPlace(worker);
    }

    /// <summary>What is remembered of the item of an attempt; null if the attempt is over.</summary>
    public ItemRecord? GetRecord(Worker worker, long attemptNumber, Item item)
    {
        using (Section held = _state.Enter(out _))
            return worker.AttemptNumber == attemptNumber ? item.Record ??= new ItemRecord() : null;
    }

    /// <summary>Counts how long an item that is handed on took in the tasks. Needs no lock.</summary>
    public void CountPass(Worker worker, Item item) => _passes.Add(worker.Index, worker.Processed, item.Visit.PassTicks);

    public void SetPaused(bool paused, bool ofRun)
    {
        using (Section held = _state.Enter(out _))
        {
            _limits.Starts.SetPaused(paused, ofRun);
            _limits.Grant(self: null, held);
            Pool.WakeIfNeeded(held);
        }

    }

    /// <summary>Applies the run's closing here: whoever waits and may not go on ends Canceled, and whoever holds a feeder or worker is freed.</summary>
    public void Close()
    {
        Closing closing = _run.Closing;
        List<Item> ended = [];
        using (Section held = _state.Enter(out _))
        {
            if (!_limits.Starts.TryClose(closing))
                return;
            _state.Taken -= StageDrain.Drain(ref _state.Front, _state.Waiting, [Holding.Held, .. _limits.StartPermits is { } starts ? (ReadOnlySpan<HeldLine>)[starts.Held] : []], closing, ended);
            Intake.Tally.End(ResultStatus.Canceled, ended.Count + _limits.Refuse(closing, held));
            if (closing == Closing.Canceled)
                Intake.Room.ReleaseAll(answer: false, ref held.After);
            else
                Intake.Room.ReleaseFeeders(answer: false, ref held.After);
            Intake.ReleaseRoom(held);
            _limits.Grant(self: null, held);
            Pool.WakeIfNeeded(held);
        }

        foreach (Item item in ended)
            _endings.EndUnbegun(item);
    }

    /// <summary>Gives up the items whose user code does not end although the run was canceled long ago.</summary>
    public void Abandon()
    {
        List<Item> abandoned;
        using (Section held = _state.Enter(out _))
        {
            abandoned = Pool.TakeAbandoned(held);
            Intake.Tally.End(ResultStatus.Canceled, abandoned.Count);
            _saving.Lift(ref held.After);
        }

        foreach (Item item in abandoned)
            _endings.EndAbandoned(item);
    }

    /// <summary>The run is over.</summary>
    public void EndRun()
    {
        Pool.End();
        _retries.EndTimer();
    }

    /// <summary>The counts of the stage at this instant.</summary>
    public StageCounts Count(in Standstill all)
    {
        Section held = all.Section;
        long attempts = 0;
        long removedBusy = 0;
        foreach (Worker worker in Pool.AllWorkers(held))
        {
            attempts += worker.Attempts;
            if (worker.Index >= Pool.Workers(held) && !worker.IsAlive)
                removedBusy += worker.BusyTicks;
        }

        return Intake.Tally.Count(Intake.Ways, Exit.Links, new StageCounts
        {
            Queued = _state.Front.Count,
            Limited = _limits.WaitingCount(held),
            Held = Holding.Held.Count,
            HeldWidth = Holding.LeastWidth(held),
            HeldCrashes = Holding.Crashes(held),
            Limits = _hasLimits ? _limits.Copy(held) : [],
            Retrying = _state.Waiting.Count,
            Throttling = _state.Waiting.ThrottledCount,
            NextAttempts = _state.Waiting.Count == 0 ? [] : CopyWaiters(held),
            Passes = _passes.Merge(_run.Clock.Frequency),
            Overdue = Pool.Overdue(held),
            Attempts = attempts,
            RemovedBusyTicks = removedBusy,
            Workers = Pool.Workers(held),
            Places = Pool.Places(held),
            IdlesForThrottled = Place.Definition.Places.IdlesForThrottled,
            IsPaused = _limits.Starts.IsPaused,
            IsRunPaused = _limits.Starts.IsRunPaused,
        });
    }

    /// <summary>The workers at this instant, by number. Those that wait for room are known under the lock of where they wait: a snapshot has them all.</summary>
    public void CopyWorkers(List<WorkerCounts> copies, in Standstill all)
    {
        foreach (Worker w in Pool.WorkersToSee(all.Section))
            copies.Add(new WorkerCounts(w.Name, Name, w.IsBusy, w.ItemId, w.Task, w.TaskStatus, w.Since, w.Processed, w.FailedItems, w.BusyTicks, w.LastActive, w.Slip.IsForRoom));
    }

    public Task<Activation> RunLoopAsync(Activation activation) => _loop.RunAsync(activation);

    public void OnHostFault(Exception error) => _run.ReportFault(error);

    public bool MayStart(in Section held) => _limits.MayStart(held);

    public Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in Section held)
    {
        Outcome outcome = Outcome.None;
        bool isGateTouched = isPermitFree;
        if (next is not null)
        {
            Intake.ReleaseRoom(next, held);
            // One that is saved needs no permit, whatever task was its last.
            if (_hasLimits && !next.Visit.IsSaved && _limits.LineUp(worker, next, held))
            {
                outcome = Outcome.AwaitsPermit;
                isGateTouched = true;
            }
        }

        // Only now: the item just taken may be more urgent than those that wait already.
        return isGateTouched && _limits.Grant(worker, held) ? Outcome.None : outcome;
    }

    public void OnHeld(Item item, in Section held) => Intake.ReleaseRoom(item, held);

    private void GiveToStore(Worker worker, Item item, in Section held)
    {
        Intake.Tally.SaveBegun++;
        worker.Item = null;
        item.Visit.HoldsPlace = false;
    }

    /// <summary>Has a worker tell of an item that has been saved. False if the run was canceled.</summary>
    private bool TryBringBack(Item item)
    {
        using (Section held = _state.Enter(out _))
        {
            if (_run.Closing == Closing.Canceled)
                return false;
            _saving.Leave(_run.Saver!.MaxSaving, ref held.After);
            Intake.Tally.SaveEnded++;
            item.Visit.Standing = Standing.Saved;
            _state.Front.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            Pool.WakeIfNeeded(held);
        }

        return true;
    }

    private void EndSaving(ResultStatus status)
    {
        using (Section held = _state.Enter(out _))
        {
            _saving.Leave(_run.Saver!.MaxSaving, ref held.After);
            Intake.Tally.SaveEnded++;
            Intake.Tally.End(status);
        }
    }

    private WaiterCounts[] CopyWaiters(in Section held) => Array.ConvertAll(
        _state.Waiting.GetFirst(ShownAttempts), first => new WaiterCounts(first.Item.Id, first.Item.Visit.Attempt + 1, first.DueAt, first.Item.Visit.LastError, first.Item.Visit.IsThrottled));
}
