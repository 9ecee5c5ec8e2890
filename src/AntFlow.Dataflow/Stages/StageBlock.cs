namespace AntFlow.Dataflow;

/// <summary>One stage in one run: the front, the workers, the limits of its tasks, the room for retries, and the counts of all that.</summary>
/// <remarks>
/// <para><b>The lock</b> (of <see cref="WorkerPool"/>) guards the fields below as well. An item moves and is counted in the same section, so a snapshot, which takes the
/// locks of all stages in their order, adds up exactly. Populations are read from the structures themselves (the front, the gates, the waiting room); what is in
/// progress is what is left over. No section of one stage enters another one's lock, a snapshot aside.</para>
/// <para>The work on an item that needs no lock is in <see cref="StageRunner"/>.</para>
/// </remarks>
internal sealed class StageBlock : WorkerPool, IItemTarget
{
    private readonly RunState _run;
    private readonly StageRunner _runner;
    private readonly TaskGates _gates;
    private readonly RoomLine _room = new();
    private readonly WaitingRoom _waiting = new();
    private readonly RetryTimer _timer;
    private readonly int _capacity;
    private readonly bool _asksToSkip;
    private Closing _closed;
    private bool _isPaused;
    private bool _isRunPaused;
    private long _fed;
    private long _fromStage;
    private long _fromStageSkipped;
    private long _unpublished;
    private long _nextTicket;
    private long _failed;
    private long _canceled;
    private long _throttled;

    public StageBlock(Stage stage, int index, RunState run)
        : base(stage.Name, stage.Settings.Workers, stage.Settings.MaxInFlight)
    {
        _run = run;
        Definition = stage;
        Index = index;
        _capacity = stage.Settings.QueueCapacity;
        _asksToSkip = stage.AsksToSkip;
        _gates = new TaskGates(stage.Tasks.Select(task => task.MaxConcurrency));
        _timer = new RetryTimer(run.Clock, ReturnDue, NextDue);
        _runner = new StageRunner(this, run);
    }

    public Stage Definition { get; }

    public int Index { get; }

    public IReadOnlyList<StageTask> Tasks => Definition.Tasks;

    /// <summary>Where finished items go. Set once, before the run starts.</summary>
    public IItemTarget Next { get; set; } = null!;

    /// <summary>Called outside the lock when the front has room again: for whoever postponed an offer.</summary>
    public Action? OnRoom { get; set; }

    public long ArrivedFromStage => _fromStage;

    public long ArrivedSkipped => _fromStageSkipped;

    public int WaitingWorkers => _room.Workers;

    private bool HasRoomNeedsLock => _capacity < 0 || Front.FreshCount + _unpublished < _capacity;

    /// <summary>Takes an item into the run. With observers, in two steps, so that they hear of it before a worker can have it.</summary>
    /// <param name="item">The item, in the hands of the feeder.</param>
    /// <param name="onlyIfRoom">Whether a full front refuses it.</param>
    /// <param name="slip">What the feeder can wait on for room.</param>
    /// <param name="mustWait">Whether the front is above its capacity now.</param>
    public Acceptance Accept(Item item, bool onlyIfRoom, WaitSlip? slip, out bool mustWait)
    {
        Aftermath after = default;
        mustWait = false;
        item.AcceptedAt = _run.Clock.Now;
        lock (Gate)
        {
            if (_run.Closing != Closing.No)
                return Acceptance.Closed;
            if (onlyIfRoom && !HasRoomNeedsLock)
                return Acceptance.Full;
            item.Sequence = _run.DrawSequence();
            if (item.Id.IsDefault)
                item.Id = ItemId.Automatic(item.Sequence);
            _fed++;
            if (_run.Observer is null)
                mustWait = PublishNeedsLock(item, slip, ref after);
            else
                _unpublished++;
        }

        if (_run.Observer is null)
        {
            after.Perform();
            return Acceptance.Accepted;
        }

        _run.Tell(item, ItemStatus.Queued, this, worker: null, item.AcceptedAt);
        Publish(item, slip, out mustWait);
        return Acceptance.Accepted;
    }

    /// <summary>Takes an item into the run that has failed before it could begin: who gave it no valid id.</summary>
    public bool AcceptFailed(Item item, Exception error)
    {
        item.AcceptedAt = _run.Clock.Now;
        lock (Gate)
        {
            if (_run.Closing != Closing.No)
                return false;
            item.Sequence = _run.DrawSequence();
            item.Id = ItemId.Automatic(item.Sequence);
            item.ArriveInStage(_nextTicket++);
            _fed++;
            _failed++;
        }

        _run.Tell(item, ItemStatus.Queued, this, worker: null, item.AcceptedAt);
        _run.Tell(item, ItemStatus.Failed, this, worker: null, item.AcceptedAt, error);
        _run.Conclude(item, new Conclusion(ResultStatus.Failed, this, error));
        return true;
    }

    public WaitSlip? Arrive(Worker worker, Item item, bool skipped, long stamp)
    {
        Aftermath after = default;
        bool isRefused;
        bool mustWait = false;
        item.Attempt = 0;
        _run.Tell(item, ItemStatus.Queued, this, worker: null, stamp);
        lock (Gate)
        {
            _fromStage++;
            if (skipped)
                _fromStageSkipped++;
            item.ArriveInStage(_nextTicket++);
            isRefused = !_run.Closing.MayGoOn(item);
            if (isRefused)
                _canceled++;
            else
                mustWait = EnqueueNeedsLock(item, worker.Slip, ref after);
            worker.Item = null;
        }

        after.Perform();
        if (isRefused)
            ConcludeCanceled(item, stamp);
        return mustWait ? worker.Slip : null;
    }

    /// <summary>Asks whether a worker may begin the next task of its item, other than the first one it was taken for.</summary>
    public Entry Enter(Worker worker, Item item)
    {
        Aftermath after = default;
        Entry entry = Entry.Go;
        lock (Gate)
        {
            TaskGates.GiveBack(worker);
            if (!_run.Closing.MayGoOn(item))
            {
                _canceled++;
                entry = Entry.Canceled;
            }
            else if (!MayStartNeedsLock())
            {
                Front.EnqueueReturning(item, item.Priority, item.Ticket);
                worker.Item = null;
                entry = Entry.Away;
            }
            else
            {
                _gates.LineUp(worker, item);
            }

            GrantNeedsLock(worker, ref after);
            if (entry == Entry.Go)
                entry = worker.Entry;
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
        return entry;
    }

    /// <summary>Gives a permit back before its holder does something else than run the task.</summary>
    public void GiveBackPermit(Worker worker)
    {
        Aftermath after = default;
        lock (Gate)
        {
            TaskGates.GiveBack(worker);
            GrantNeedsLock(self: null, ref after);
        }

        after.Perform();
    }

    /// <summary>Lets an item wait for its next attempt. False if the run is closing: then it was counted as canceled.</summary>
    public bool PutAway(Worker worker, Item item, long dueAt, bool isThrottled)
    {
        bool mayWait;
        lock (Gate)
        {
            mayWait = _run.Closing == Closing.No;
            if (isThrottled)
                _throttled++;
            if (mayWait)
            {
                item.AwaitsRetry = true;
                _waiting.Add(item, dueAt);
                worker.Item = null;
            }
            else
            {
                _canceled++;
            }
        }

        if (mayWait)
            _timer.Arm();
        return mayWait;
    }

    public void CountFailed()
    {
        lock (Gate)
            _failed++;
    }

    public void CountCanceled()
    {
        lock (Gate)
            _canceled++;
    }

    /// <summary>Gives back the place of the item that has left, before its worker waits for room.</summary>
    public void FreePlace(Worker worker)
    {
        if (worker.Permit is not null)
            GiveBackPermit(worker);
        GiveBackPlace(worker);
    }

    public void SetPaused(bool paused, bool ofRun)
    {
        Aftermath after = default;
        lock (Gate)
        {
            if (ofRun)
                _isRunPaused = paused;
            else
                _isPaused = paused;
            GrantNeedsLock(self: null, ref after);
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
    }

    /// <summary>Applies the run's closing here: whoever waits and may not go on ends Canceled, and whoever holds a feeder or worker is freed.</summary>
    public void Close()
    {
        Closing closing = _run.Closing;
        Aftermath after = default;
        List<Item> ended = [];
        lock (Gate)
        {
            if (closing <= _closed)
                return;
            _closed = closing;
            DrainNeedsLock(closing, ended);
            _canceled += ended.Count + _gates.Refuse(item => !closing.MayGoOn(item), ref after);
            if (closing == Closing.Canceled)
                _room.ReleaseAll(answer: false, ref after);
            else
                _room.ReleaseFeeders(answer: false, ref after);
            ReleaseRoomNeedsLock(ref after);
            GrantNeedsLock(self: null, ref after);
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
        long now = _run.Clock.Now;
        foreach (Item item in ended)
            ConcludeCanceled(item, now);
    }

    /// <summary>Gives up the items whose user code does not end although the run was canceled long ago.</summary>
    public void Abandon()
    {
        List<Item> abandoned;
        lock (Gate)
        {
            abandoned = TakeAbandonedNeedsLock();
            _canceled += abandoned.Count;
        }

        long now = _run.Clock.Now;
        foreach (Item item in abandoned)
        {
            var error = new OperationCanceledException($"The run was canceled, and stage '{Name}' did not end in time; the item was abandoned.");
            _run.Tell(item, ItemStatus.Canceled, this, worker: null, now, error);
            _run.Conclude(item, new Conclusion(ResultStatus.Canceled, this, error, WasAbandoned: true));
        }
    }

    /// <summary>Takes a feeder that no longer wants to wait off the line.</summary>
    public bool StopWaiting(WaitSlip slip)
    {
        lock (Gate)
            return _room.Remove(slip);
    }

    public bool SetTaskStatus(Worker worker, long attemptNumber, string? text, TimeSpan minInterval)
    {
        long now = _run.Clock.Now;
        return SetTaskStatus(worker, attemptNumber, text, now, _run.Clock.Between(worker.TaskStatusAt, now), minInterval);
    }

    public void ReportTokenCallback(Exception error) => _run.ReportCallback("CancellationToken.Register", default, Name, error);

    public void EnterLock() => Gate.Enter();

    public void ExitLock() => Gate.Exit();

    public IEnumerable<Worker> WorkersOfSnapshotNeedsLock() => WorkersToSeeNeedsLock;

    /// <summary>The counts of the stage at this instant. Only between <see cref="EnterLock"/> and <see cref="ExitLock"/>, of the next target, too.</summary>
    public StageCounts CountNeedsLock()
    {
        long limited = _gates.WaitingCount;
        long attempts = 0;
        foreach (Worker worker in AllWorkersNeedsLock)
            attempts += worker.Attempts;
        long arrived = _fed + _fromStage;
        long queued = Front.Count + _unpublished;
        return new StageCounts
        {
            Fed = _fed,
            Arrived = arrived,
            Queued = queued,
            Limited = limited,
            Retrying = _waiting.Count,
            InProgress = arrived - queued - limited - _waiting.Count - _failed - _canceled - Next.ArrivedFromStage,
            Overdue = OverdueNeedsLock,
            Completed = Next.ArrivedFromStage - Next.ArrivedSkipped,
            Skipped = Next.ArrivedSkipped,
            Failed = _failed,
            Canceled = _canceled,
            Throttled = _throttled,
            Attempts = attempts,
            Workers = WorkersNeedsLock,
            BlockedWorkers = Next.WaitingWorkers,
            IsPaused = _isPaused || _isRunPaused,
        };
    }

    protected override ValueTask WorkAsync(Worker worker, Item item) => _runner.WorkAsync(worker, item);

    protected override void OnFault(Exception error, Worker? worker)
    {
        _run.ReportFault(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        CountFailed();
        _run.Conclude(item, new Conclusion(ResultStatus.Failed, this, error));
    }

    // A closing that was announced, but not applied here yet: the front may hold items that must not start any more.
    protected override bool MayStartNeedsLock() =>
        _run.Closing == _closed && (_closed != Closing.No || !(_isPaused || _isRunPaused));

    protected override void OnNextNeedsLock(Worker worker, Item? next, ref Aftermath after)
    {
        bool isGateTouched = TaskGates.GiveBack(worker);
        if (next is not null)
        {
            worker.Entry = Entry.Go;
            _room.ReleaseFor(next, ref after);
            ReleaseRoomNeedsLock(ref after);
            // An item that may be skipped asks for its permit later.
            if (!_asksToSkip || next.SkipAsked)
                isGateTouched |= _gates.LineUp(worker, next);
        }

        // Only now: the item just taken may be more urgent than those that wait already.
        if (isGateTouched)
            GrantNeedsLock(worker, ref after);
    }

    private void Publish(Item item, WaitSlip? slip, out bool mustWait)
    {
        Aftermath after = default;
        bool isRefused;
        lock (Gate)
        {
            _unpublished--;
            isRefused = _run.Closing != Closing.No;
            if (isRefused)
                _canceled++;
            mustWait = !isRefused && PublishNeedsLock(item, slip, ref after);
        }

        after.Perform();
        if (isRefused)
            ConcludeCanceled(item, item.AcceptedAt);
    }

    private bool PublishNeedsLock(Item item, WaitSlip? slip, ref Aftermath after)
    {
        item.ArriveInStage(_nextTicket++);
        return EnqueueNeedsLock(item, slip, ref after);
    }

    /// <summary>Puts an item into the front, and whoever brought it into the line for room if the front is above its capacity now.</summary>
    private bool EnqueueNeedsLock(Item item, WaitSlip? slip, ref Aftermath after)
    {
        Front.Enqueue(item, item.Priority, item.Ticket);
        WakeIfNeededNeedsLock(ref after);
        if (slip is null || _capacity < 0 || Front.FreshCount <= _capacity)
            return false;
        slip.Reset();
        _room.Add(slip, item);
        return true;
    }

    /// <summary>Waking at half the capacity lets a front run down before it is filled again: far fewer waits than one for each item.</summary>
    private void ReleaseRoomNeedsLock(ref Aftermath after)
    {
        if (_capacity < 0 || Front.FreshCount > _capacity / 2)
            return;
        if (_room.Count != 0)
            _room.ReleaseAll(answer: true, ref after);
        after.Room ??= OnRoom;
    }

    private void GrantNeedsLock(Worker? self, ref Aftermath after)
    {
        if (MayStartNeedsLock())
            _gates.Grant(self, ref after);
    }

    private void DrainNeedsLock(Closing closing, List<Item> ended)
    {
        List<Item> kept = [];
        while (Front.TryDequeue(out Item item))
            (closing.MayGoOn(item) ? kept : ended).Add(item);
        int places = ended.Count(item => item.HoldsPlace);
        while (_waiting.TryTakeAny(out Item item))
        {
            places++;
            ended.Add(item);
        }

        FreePlacesNeedsLock(places);
        foreach (Item item in kept)
        {
            if (item.HoldsPlace)
                Front.EnqueueReturning(item, item.Priority, item.Ticket);
            else
                Front.Enqueue(item, item.Priority, item.Ticket);
        }
    }

    private void ConcludeCanceled(Item item, long stamp)
    {
        var error = new OperationCanceledException($"The run was {(_run.Closing == Closing.Canceled ? "canceled" : "stopped")} before stage '{Name}' began with the item.");
        _run.Tell(item, ItemStatus.Canceled, this, worker: null, stamp, error);
        _run.Conclude(item, new Conclusion(ResultStatus.Canceled, this, error));
    }

    private long? NextDue()
    {
        lock (Gate)
            return _waiting.NextDueAt;
    }

    private void ReturnDue(long now)
    {
        Aftermath after = default;
        lock (Gate)
        {
            while (_waiting.TryTakeDue(now, out Item item))
                Front.EnqueueReturning(item, item.Priority, item.Ticket);
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
    }
}
