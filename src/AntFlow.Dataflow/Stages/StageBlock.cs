namespace AntFlow.Dataflow;

/// <summary>One stage in one run: the front, the workers, the limits of its tasks, the room for retries, and the counts of all these.</summary>
/// <remarks>
/// <para><b>The lock</b> (of <see cref="PoolState"/>) guards the fields below as well. An item moves and is counted in the same section, so a snapshot, which takes the
/// locks of all stages in their order, adds up exactly. Populations are read from the structures themselves (the front, the gates, the waiting room); what is in
/// progress is what is left over. No section of one stage enters another one's lock, a snapshot aside.</para>
/// <para>The work on an item that needs no lock is in <see cref="StageLoop"/>.</para>
/// </remarks>
internal sealed partial class StageBlock : IPoolOwner
{
    private readonly RunState _run;
    private readonly PoolState _state = new();
    private readonly StageLoop _loop;
    private readonly StageLimits _limits;
    private readonly PoolRetries _retries;
    private readonly StageEndings _endings;
    private readonly bool _hasLimits;

    public StageBlock(PipelineStage stage, RunState run)
    {
        Stage = stage;
        _run = run;
        _endings = new StageEndings(run, stage);
        if (stage.Definition.HasSerialBy)
            _state.Keys = new KeyLines();
        _limits = new StageLimits(stage.Definition, run);
        Workers = new WorkerPool(stage.Name, _state, this, stage.Settings.Workers, stage.Definition.Places, _limits.StartPermits);
        _retries = new PoolRetries(_state, Workers, run.Clock, run.ReportFault);
        Intake = new StageIntake(stage, run, _state, Workers, _retries, _endings);
        Requeuing = new StageRequeuing(stage, run, _state, Workers, Intake, _limits);
        _hasLimits = _limits.Any;
        Saving = run.Saver is { } saver ? new StageSaving(this, run, saver, _state, _endings) : null;
        Counting = new StageCounting(this, run.Clock, _state, _limits);
        _loop = new StageLoop(this, run);
    }

    public PipelineStage Stage { get; }

    public string Name => Stage.Name;

    /// <summary>Whether a restart of the run repeats the stage for items that have passed it.</summary>
    public bool RepeatsAtRestart => _run.Saver is not null && !Stage.Settings.IsStored;

    /// <summary>The workers.</summary>
    public WorkerPool Workers { get; }

    /// <summary>Where items enter the stage.</summary>
    public StageIntake Intake { get; }

    /// <summary>Where suspects wait.</summary>
    public StageRequeuing Requeuing { get; }

    /// <summary>The items on their way to the store; null without checkpoints.</summary>
    public StageSaving? Saving { get; }

    /// <summary>The number of items of each kind.</summary>
    public StageCounting Counting { get; }

    /// <summary>Where finished items go. Set once, before the run starts.</summary>
    public StageOutput Output { get; set; } = null!;

    /// <summary>Returns whether a worker may begin the next task of its item, other than the first task for which it took the item.</summary>
    public Outcome AskToBegin(Worker worker, Item item)
    {
        Outcome outcome = Outcome.None;
        using (LockScope held = _state.Enter(out _))
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
                if (!Workers.TryStart(worker, item, starts, held))
                    outcome = Outcome.Limited;
            }
            else if (_limits.LineUp(worker, item, held))
            {
                outcome = Outcome.AwaitsPermit;
            }

            if (_limits.Grant(worker, held))
                outcome = Outcome.None;
            Workers.WakeIfNeeded(held);
        }

        return outcome;
    }

    /// <summary>The time of the run.</summary>
    public TimeProvider Time => _run.Clock.Time;

    /// <summary>Sets the status text of a task. Returns false if it came too soon after the last one, or the attempt has ended.</summary>
    public bool SetTaskStatus(Worker worker, long epoch, string? text, TimeSpan minInterval)
    {
        long now = _run.Clock.Now;
        using (LockScope held = _state.Enter(out _))
        {
            Broken("context-outlives-its-attempt", ref epoch, worker.AttemptVersion);
            if (worker.AttemptVersion != epoch)
                return false;
            if (worker.TaskStatus is not null && _run.Clock.Between(worker.TaskStatusAt, now) < minInterval)
                return false;
            worker.TaskStatus = text;
            worker.TaskStatusAt = now;
            return true;
        }
    }

    /// <summary>Gives a permit back before its holder does something other than run the task.</summary>
    public void GiveBackPermit(Worker worker)
    {
        using (LockScope held = _state.Enter(out _))
        {
            GiveBackPermit(worker, held);
        }
    }

    /// <summary>Gives a permit back in a section: another item may have it.</summary>
    public void GiveBackPermit(Worker worker, in LockScope held)
    {
        if (!worker.GiveBackPermit())
            return;
        _limits.Grant(self: null, held);
        Workers.WakeIfNeeded(held);
    }

    /// <summary>Lets an item wait for its next attempt. Returns false if the run is closing: then the item was counted as canceled.</summary>
    public bool Delay(Worker worker, Item item, long dueAt, bool isThrottled)
    {
        bool mayWait;
        bool isNext = false;
        using (LockScope held = _state.Enter(out _))
        {
            mayWait = _run.Closing == Closing.No;
            if (isThrottled)
                Intake.Tally.ThrottledCalls++;
            if (mayWait)
                isNext = _retries.Delay(worker, item, dueAt, held);
            else
                Intake.Tally.End(ResultStatus.Canceled);
        }

        if (isNext)
            _retries.ArmTimer();
        return mayWait;
    }

    /// <summary>Lets an item wait for its next look. Returns false if the run is closing and the item may not continue: then it was counted as canceled.</summary>
    public bool Poll(Worker worker, Item item, long dueAt)
    {
        bool mayWait;
        bool isNext = false;
        using (LockScope held = _state.Enter(out _))
        {
            mayWait = _run.Closing <= Closing.AfterItem;
            if (mayWait)
                isNext = _retries.Poll(worker, item, dueAt, held);
            else
                Intake.Tally.End(ResultStatus.Canceled);
        }

        if (isNext)
            _retries.ArmTimer();
        return mayWait;
    }

    /// <summary>Counts an item that ends while a worker holds it.</summary>
    public void CountEnd(ResultStatus status)
    {
        using (LockScope held = _state.Enter(out _))
        {
            Intake.Tally.End(status);
        }
    }

    /// <summary>The limit that is set for the items in flight at present; null for the default.</summary>
    public int? MaxInFlight
    {
        get
        {
            using (LockScope held = _state.Enter(out _))
                return Workers.MaxInFlight(held);
        }
    }

    /// <summary>Gives back the place of the item that has left, before its worker waits for room.</summary>
    public void ReleasePlace(Worker worker)
    {
        if (worker.Permit is not null)
            GiveBackPermit(worker);
        Workers.GiveBackPlace(worker);
    }

    /// <summary>Returns the record of the item of an attempt; null if the attempt has ended.</summary>
    public ItemRecord? GetRecord(Worker worker, long epoch, Item item)
    {
        using (LockScope held = _state.Enter(out _))
            return worker.AttemptVersion == epoch ? item.Record ??= new ItemRecord() : null;
    }

    public void SetPaused(bool paused, bool ofRun)
    {
        using (LockScope held = _state.Enter(out _))
        {
            _limits.Starts.SetPaused(paused, ofRun);
            _limits.Grant(self: null, held);
            Workers.WakeIfNeeded(held);
        }

    }

    /// <summary>Applies the run's closing here: items that wait and may not continue end Canceled, and waiting feeders and workers are released.</summary>
    public void Close()
    {
        Closing closing = _run.Closing;
        List<Item> ended = [];
        using (LockScope held = _state.Enter(out _))
        {
            if (!_limits.Starts.TryClose(closing))
                return;
            _state.PlacesInUse -= StageDrain.Drain(ref _state.Queue, _state.Delayed, _state.Polling, [Requeuing.Quarantined, .. _limits.StartPermits is { } starts ? (ReadOnlySpan<DeferredItems>)[starts.Deferred] : []], closing, ended);
            _state.Keys?.Drain(item => closing.MayGoOn(item), ended);
            Intake.Tally.End(ResultStatus.Canceled, ended.Count + _limits.Refuse(closing, held));
            if (closing == Closing.Canceled)
                Intake.Room.ReleaseAll(answer: false, ref held.After);
            else
                Intake.Room.ReleaseFeeders(answer: false, ref held.After);
            Intake.ReleaseRoom(held);
            _limits.Grant(self: null, held);
            Workers.WakeIfNeeded(held);
        }

        foreach (Item item in ended)
            _endings.EndUnbegun(item);
    }

    /// <summary>Gives up the items whose user code does not end although the run was canceled long ago.</summary>
    public void Abandon()
    {
        List<Item> abandoned;
        using (LockScope held = _state.Enter(out _))
        {
            abandoned = Workers.TakeAbandoned(held);
            int given = abandoned.Count;
            Broken("abandoned-item-is-not-counted", ref given, 0);
            Intake.Tally.End(ResultStatus.Canceled, given);
            Saving?.Lift(held);
        }

        foreach (Item item in abandoned)
            _endings.EndAbandoned(item);
    }

    /// <summary>Ends the parts of the stage: the run has ended.</summary>
    public void RetireWorkers()
    {
        Workers.RetireHosts();
        _retries.DisableTimer();
    }

    public Task<Activation> RunLoopAsync(Activation activation) => _loop.RunAsync(activation);

    public void OnHostFault(Exception error) => _run.ReportFault(error);

    public bool MayStart(in LockScope held) => _limits.MayStart(held);

    public Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in LockScope held)
    {
        Outcome outcome = Outcome.None;
        bool isGateTouched = isPermitFree;
        if (next is not null)
        {
            // An item that may have to wait for its key still counts as one that waits.
            if (_state.Keys is { } keys && next.Visit is { IsSaved: false, WasAsked: false })
                keys.Begin(next);
            else
                Intake.ReleaseRoom(next, held);
            // An item that is saved needs no permit, whatever its last task was.
            if (_hasLimits && !next.Visit.IsSaved && _limits.LineUp(worker, next, held))
            {
                outcome = Outcome.AwaitsPermit;
                isGateTouched = true;
                Broken("task-begun-without-its-permit", ref outcome, Outcome.None);
            }
        }

        // Only now: the item just taken may be more urgent than those that already wait.
        return isGateTouched && _limits.Grant(worker, held) ? Outcome.None : outcome;
    }

    public void OnDeferred(Item item, long now, in LockScope held)
    {
        if (item.IsTimed)
            item.Timing.Leave(item.Visit.ReadyAt, now, Intake.BlockedByReader(now), Spending.Limit);
        Intake.ReleaseRoom(item, held);
    }

    public long StampForDeferred() => _run.Observers is null ? 0 : _run.Clock.Now;

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
