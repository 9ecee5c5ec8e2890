namespace AntFlow.Dataflow;

/// <summary>One stage in one run: the front, the workers, the limits of its tasks, the room for retries, and the counts of all that.</summary>
/// <remarks>
/// <para><b>The lock</b> (of <see cref="WorkerPool"/>) guards the fields below as well. An item moves and is counted in the same section, so a snapshot, which takes the
/// locks of all stages in their order, adds up exactly. Populations are read from the structures themselves (the front, the gates, the waiting room); what is in
/// progress is what is left over. No section of one stage enters another one's lock, a snapshot aside.</para>
/// <para>The work on an item that needs no lock is in <see cref="StageLoop"/>.</para>
/// </remarks>
internal sealed class StageBlock : StageHolding
{
    private const int ShownAttempts = 5;

    private readonly StageLoop _loop;
    private readonly TaskGates _gates;
    private readonly PassTimes _passes;
    private readonly StartSwitch _switch = new();
    private readonly SavingLine _saving = new();
    private readonly bool _asksToSkip;
    private readonly bool _hasLimits;

    public StageBlock(StagePlace place, RunState run)
        : base(place, run)
    {
        _gates = new TaskGates(place.Definition.Tasks.Select(task => task.MaxConcurrency));
        _asksToSkip = place.Definition.AsksToSkip;
        _hasLimits = _gates.HasLimits;
        _passes = new PassTimes(run.Clock.Frequency);
        _loop = new StageLoop(this, run);
    }

    /// <summary>Where finished items go. Set once, before the run starts.</summary>
    public IItemTarget Next { get; set; } = null!;

    /// <summary>Asks whether a worker may begin the next task of its item, other than the first one it was taken for.</summary>
    public Outcome Enter(Worker worker, Item item)
    {
        Outcome outcome = Outcome.None;
        using (Section held = Gate.Enter(out _))
        {
            TaskGates.GiveBack(worker);
            if (!Run.Closing.MayGoOn(item))
            {
                Tally.Canceled++;
                outcome = Outcome.Canceled;
            }
            else if (!MayStart(held))
            {
                outcome = Outcome.Paused;
            }
            else if (_gates.LineUp(worker, item))
            {
                outcome = Outcome.AwaitsPermit;
            }

            if (Grant(worker, held))
                outcome = Outcome.None;
            WakeIfNeeded(held);
        }

        return outcome;
    }

    /// <summary>Shows what a task says it is doing. False if it came too soon after the last one, or the attempt has ended.</summary>
    public bool SetTaskStatus(Worker worker, long attemptNumber, string? text, TimeSpan minInterval)
    {
        long now = Run.Clock.Now;
        using (Section held = Gate.Enter(out _))
        {
            if (worker.AttemptNumber != attemptNumber)
                return false;
            if (worker.TaskStatus is not null && Run.Clock.Between(worker.TaskStatusAt, now) < minInterval)
                return false;
            worker.TaskStatus = text;
            worker.TaskStatusAt = now;
            return true;
        }
    }

    /// <summary>Gives a permit back before its holder does something else than run the task.</summary>
    public void GiveBackPermit(Worker worker)
    {
        using (Section held = Gate.Enter(out _))
        {
            TaskGates.GiveBack(worker);
            Grant(self: null, held);
        }

    }

    /// <summary>Lets an item wait for its next attempt. False if the run is closing: then it was counted as canceled.</summary>
    public bool PutAway(Worker worker, Item item, long dueAt, bool isThrottled)
    {
        bool mayWait;
        using (Section held = Gate.Enter(out _))
        {
            mayWait = Run.Closing == Closing.No;
            if (isThrottled)
                Tally.Throttled++;
            if (mayWait)
                PutAway(worker, item, dueAt, held);
            else
                Tally.Canceled++;
        }

        if (mayWait)
            ArmTimer();
        return mayWait;
    }

    /// <summary>Takes the item out of the worker's hands: it is the store's now, and holds neither worker nor place any longer.</summary>
    /// <returns>False if too many are being saved: the worker keeps it, waits on its slip, and gives it then (<see cref="GiveToStore(Worker, Item)"/>).</returns>
    public bool TryGiveToStore(Worker worker, Item item)
    {
        using (Section held = Gate.Enter(out _))
        {
            if (!_saving.TryEnter(worker.Slip, Run.Saver!.MaxSaving))
                return false;
            GiveToStore(worker, item, held);
            return true;
        }
    }

    /// <summary>The worker's turn to give its item to the store has come.</summary>
    public void GiveToStore(Worker worker, Item item)
    {
        using (Section held = Gate.Enter(out _))
            GiveToStore(worker, item, held);
    }

    /// <summary>What the stage has made of the item is durable: the item goes on, or comes back first to tell of it.</summary>
    public void OnSaved(Item item)
    {
        if (Place.Definition.HasOnSuccess && TryBringBack(item))
            return;
        SavedStep saved = item.Record!.Saving!;
        long stamp = Run.Clock.Now;
        Run.Tell(item, saved.IsSkipped ? ItemStatus.Skipped : ItemStatus.Completed, Place, (Worker?)saved.Worker, stamp);
        item.Record.Saving = null;
        Next.Arrive(worker: null, item, saved.IsSkipped, stamp);
        // Only now: until it has arrived there, it counts as being saved.
        using (Section held = Gate.Enter(out _))
            _saving.Leave(Run.Saver!.MaxSaving, ref held.After);
    }

    /// <summary>What the stage has made of the item could not be saved: it ends here.</summary>
    public void OnNotSaved(Item item, ResultStatus status, Exception error)
    {
        EndSaving(status);
        Endings.EndUnsaved(item, status, (Worker?)item.Record!.Saving!.Worker, error);
    }

    /// <summary>That the item has failed is durable, or cannot be saved: it ends here.</summary>
    public void OnFailureSaved(Worker worker, Item item, Exception error, string? function)
    {
        EndSaving(ResultStatus.Failed);
        Endings.EndUnsaved(item, ResultStatus.Failed, worker, error, function);
    }

    /// <summary>Counts an item that ends in the hands of a worker.</summary>
    public void CountEnd(ResultStatus status)
    {
        using (Section held = Gate.Enter(out _))
        {
            if (status == ResultStatus.Failed)
                Tally.Failed++;
            else
                Tally.Canceled++;
        }
    }

    /// <summary>Gives back the place of the item that has left, before its worker waits for room.</summary>
    public void FreePlace(Worker worker)
    {
        if (worker.Permit is not null)
            GiveBackPermit(worker);
        GiveBackPlace(worker);
    }

    /// <summary>What is remembered of the item of an attempt; null if the attempt is over.</summary>
    public ItemRecord? GetRecord(Worker worker, long attemptNumber, Item item)
    {
        using (Section held = Gate.Enter(out _))
            return worker.AttemptNumber == attemptNumber ? item.Record ??= new ItemRecord() : null;
    }

    /// <summary>Counts how long an item that is handed on took in the tasks. Needs no lock.</summary>
    public void CountPass(Worker worker, Item item) => _passes.Add(worker.Index, worker.Processed, item.PassTicks);

    public void SetPaused(bool paused, bool ofRun)
    {
        using (Section held = Gate.Enter(out _))
        {
            _switch.SetPaused(paused, ofRun);
            Grant(self: null, held);
            WakeIfNeeded(held);
        }

    }

    /// <summary>Applies the run's closing here: whoever waits and may not go on ends Canceled, and whoever holds a feeder or worker is freed.</summary>
    public void Close()
    {
        Closing closing = Run.Closing;
        List<Item> ended = [];
        using (Section held = Gate.Enter(out _))
        {
            if (!_switch.TryClose(closing))
                return;
            FreePlaces(StageDrain.Drain(ref Front, Waiting, Held, closing, ended), held);
            Tally.Canceled += ended.Count + _gates.Refuse(item => !closing.MayGoOn(item), ref held.After);
            if (closing == Closing.Canceled)
                Room.ReleaseAll(answer: false, ref held.After);
            else
                Room.ReleaseFeeders(answer: false, ref held.After);
            ReleaseRoom(held);
            Grant(self: null, held);
            WakeIfNeeded(held);
        }

        foreach (Item item in ended)
            Endings.EndUnbegun(item);
    }

    /// <summary>Gives up the items whose user code does not end although the run was canceled long ago.</summary>
    public void Abandon()
    {
        List<Item> abandoned;
        using (Section held = Gate.Enter(out _))
        {
            abandoned = TakeAbandoned(held);
            Tally.Canceled += abandoned.Count;
            _saving.Lift(ref held.After);
        }

        foreach (Item item in abandoned)
            Endings.EndAbandoned(item);
    }

    /// <summary>The run is over.</summary>
    public void EndRun()
    {
        End();
        EndTimer();
    }

    /// <summary>The counts of the stage at this instant.</summary>
    public StageCounts Count(in Standstill all)
    {
        Section held = all.Section;
        long attempts = 0;
        long removedBusy = 0;
        foreach (Worker worker in AllWorkers(held))
        {
            attempts += worker.Attempts;
            if (worker.Index >= Workers(held) && !worker.IsAlive)
                removedBusy += worker.BusyTicks;
        }

        return Tally.Count(Next, new StageCounts
        {
            Queued = Front.Count,
            Limited = _gates.WaitingCount,
            Held = Held.Count,
            HeldWidth = Held.LeastWidth,
            HeldCrashes = (Held.FewestCrashes, Held.MostCrashes),
            Limits = _hasLimits ? CopyLimits(held) : [],
            Retrying = Waiting.Count,
            Throttling = Waiting.ThrottledCount,
            NextAttempts = Waiting.Count == 0 ? [] : CopyWaiters(held),
            Passes = _passes.Merge(Run.Clock.Frequency),
            Overdue = Overdue(held),
            Attempts = attempts,
            RemovedBusyTicks = removedBusy,
            Workers = Workers(held),
            Places = Places(held),
            IdlesForThrottled = Place.Definition.Places.IdlesForThrottled,
            IsPaused = _switch.IsPaused,
            IsRunPaused = _switch.IsRunPaused,
        });
    }

    /// <summary>The workers at this instant, by number. Those that wait for room are known under the lock of where they wait: a snapshot has them all.</summary>
    public void CopyWorkers(List<WorkerCounts> copies, in Standstill all)
    {
        foreach (Worker w in WorkersToSee(all.Section))
            copies.Add(new WorkerCounts(w.Name, Name, w.IsBusy, w.ItemId, w.Task, w.TaskStatus, w.Since, w.Processed, w.FailedItems, w.BusyTicks, w.LastActive, w.Slip.IsForRoom));
    }

    protected override Task<Activation> RunLoopAsync(Activation activation) => _loop.RunAsync(activation);

    protected override void OnHostFault(Exception error) => Run.ReportFault(error);

    protected override bool MayStart(in Section held) => _switch.MayStart(Run.Closing);

    protected override Outcome OnNext(Worker worker, Item? next, in Section held)
    {
        Outcome outcome = Outcome.None;
        bool isGateTouched = TaskGates.GiveBack(worker);
        if (next is not null)
        {
            if (Room.HasWaiters)
                Room.ReleaseFor(next, ref held.After);
            ReleaseRoom(held);
            // An item that may be skipped asks for its permit later, and one that is saved needs none.
            if (_hasLimits && !next.IsSaved && (!_asksToSkip || next.SkipAsked) && _gates.LineUp(worker, next))
            {
                outcome = Outcome.AwaitsPermit;
                isGateTouched = true;
            }
        }

        // Only now: the item just taken may be more urgent than those that wait already.
        return isGateTouched && Grant(worker, held) ? Outcome.None : outcome;
    }

    protected override void GiveBackPermit(Worker worker, in Section held)
    {
        if (TaskGates.GiveBack(worker))
            Grant(self: null, held);
    }

    private void GiveToStore(Worker worker, Item item, in Section held)
    {
        Tally.SaveBegun++;
        worker.Item = null;
        worker.OwesPlace = item.HoldsPlace;
        item.HoldsPlace = false;
    }

    /// <summary>Has a worker tell of an item that has been saved. False if the run was canceled.</summary>
    private bool TryBringBack(Item item)
    {
        using (Section held = Gate.Enter(out _))
        {
            if (Run.Closing == Closing.Canceled)
                return false;
            _saving.Leave(Run.Saver!.MaxSaving, ref held.After);
            Tally.SaveEnded++;
            item.IsSaved = true;
            Front.EnqueueReturning(item, item.Priority, item.Ticket);
            WakeIfNeeded(held);
        }

        return true;
    }

    private void EndSaving(ResultStatus status)
    {
        using (Section held = Gate.Enter(out _))
        {
            _saving.Leave(Run.Saver!.MaxSaving, ref held.After);
            Tally.SaveEnded++;
            if (status == ResultStatus.Failed)
                Tally.Failed++;
            else
                Tally.Canceled++;
        }

    }

    private bool Grant(Worker? self, in Section held) => MayStart(held) && _gates.Grant(self, ref held.After);

    private LimitCounts[] CopyLimits(in Section held) =>
        [.. _gates.Gates.Zip(Place.Definition.Tasks).Where(pair => pair.First is not null)
            .Select(pair => new LimitCounts(pair.Second.Name, pair.First!.Limit, pair.First.InUse, pair.First.WaitingCount))];

    private WaiterCounts[] CopyWaiters(in Section held) => Array.ConvertAll(
        Waiting.GetFirst(ShownAttempts), first => new WaiterCounts(first.Item.Id, first.Item.Attempt + 1, first.DueAt, first.Item.LastError, first.Item.IsThrottled));
}
