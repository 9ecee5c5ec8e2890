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
    private readonly RoomLine _room;
    private readonly WaitingRoom _waiting = new();
    private readonly RetryTimer _timer;
    private readonly StageTally _tally = new();
    private readonly bool _asksToSkip;
    private Closing _closed;
    private bool _isPaused;
    private bool _isRunPaused;

    public StageBlock(Stage stage, int index, RunState run)
        : base(stage.Name, stage.Settings.Workers, stage.Settings.MaxInFlight)
    {
        _run = run;
        Definition = stage;
        Index = index;
        _room = new RoomLine(stage.Settings.QueueCapacity);
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

    public long ArrivedFromStage => _tally.FromStage;

    public long ArrivedSkipped => _tally.FromStageSkipped;

    public int WaitingWorkers => _room.Workers;

    /// <summary>Takes an item into the run. With observers, in two steps, so that they hear of it before a worker can have it.</summary>
    /// <param name="item">The item, in the hands of the feeder.</param>
    /// <param name="error">Why the item has failed before it could begin: who gave it no valid id. Null if it has not.</param>
    /// <param name="onlyIfRoom">Whether a full front refuses it.</param>
    /// <param name="slip">What the feeder can wait on for room.</param>
    /// <param name="mustWait">Whether the front is above its capacity now.</param>
    public Acceptance Accept(Item item, Exception? error, bool onlyIfRoom, WaitSlip? slip, out bool mustWait)
    {
        Aftermath after = default;
        mustWait = false;
        item.AcceptedAt = _run.Clock.Now;
        lock (Gate)
        {
            if (_run.Closing != Closing.No)
                return Acceptance.Closed;
            if (onlyIfRoom && !_room.HasRoom(Front.FreshCount + _tally.Unpublished))
                return Acceptance.Full;
            item.Sequence = _run.DrawSequence();
            if (item.Id.IsDefault)
                item.Id = ItemId.Automatic(item.Sequence);
            _tally.Fed++;
            if (error is not null)
                _tally.Failed++;
            else if (_run.Observer is null)
                mustWait = PublishNeedsLock(item, slip, ref after);
            else
                _tally.Unpublished++;
        }

        after.Perform();
        if (error is null && _run.Observer is null)
            return Acceptance.Accepted;
        _run.Tell(item, ItemStatus.Queued, this, worker: null, item.AcceptedAt);
        if (error is null)
            Publish(item, slip, out mustWait);
        else
            _runner.EndUnidentified(item, error);
        return Acceptance.Accepted;
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
            _tally.FromStage++;
            if (skipped)
                _tally.FromStageSkipped++;
            item.ArriveInStage(_tally.DrawTicket());
            isRefused = !_run.Closing.MayGoOn(item);
            if (isRefused)
                _tally.Canceled++;
            else
                mustWait = EnqueueNeedsLock(item, worker.Slip, ref after);
            worker.Item = null;
        }

        after.Perform();
        if (isRefused)
            _runner.EndUnbegun(item);
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
                _tally.Canceled++;
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
                _tally.Throttled++;
            if (mayWait)
            {
                item.AwaitsRetry = true;
                _waiting.Add(item, dueAt);
                worker.Item = null;
            }
            else
            {
                _tally.Canceled++;
            }
        }

        if (mayWait)
            _timer.Arm();
        return mayWait;
    }

    /// <summary>Counts an item that ends in the hands of a worker.</summary>
    public void CountEnd(ResultStatus status)
    {
        lock (Gate)
        {
            if (status == ResultStatus.Failed)
                _tally.Failed++;
            else
                _tally.Canceled++;
        }
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
            FreePlacesNeedsLock(StageDrain.Drain(Front, _waiting, closing, ended));
            _tally.Canceled += ended.Count + _gates.Refuse(item => !closing.MayGoOn(item), ref after);
            if (closing == Closing.Canceled)
                _room.ReleaseAll(answer: false, ref after);
            else
                _room.ReleaseFeeders(answer: false, ref after);
            ReleaseRoomNeedsLock(ref after);
            GrantNeedsLock(self: null, ref after);
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
        foreach (Item item in ended)
            _runner.EndUnbegun(item);
    }

    /// <summary>Gives up the items whose user code does not end although the run was canceled long ago.</summary>
    public void Abandon()
    {
        List<Item> abandoned;
        lock (Gate)
        {
            abandoned = TakeAbandonedNeedsLock();
            _tally.Canceled += abandoned.Count;
        }

        foreach (Item item in abandoned)
            _runner.EndAbandoned(item);
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

    public void EnterLock() => Gate.Enter();

    public void ExitLock() => Gate.Exit();

    public IEnumerable<Worker> WorkersOfSnapshotNeedsLock() => WorkersToSeeNeedsLock;

    /// <summary>The counts of the stage at this instant. Only between <see cref="EnterLock"/> and <see cref="ExitLock"/>, of the next target, too.</summary>
    public StageCounts CountNeedsLock()
    {
        long attempts = 0;
        foreach (Worker worker in AllWorkersNeedsLock)
            attempts += worker.Attempts;
        var waiting = new StageCounts
        {
            Queued = Front.Count,
            Limited = _gates.WaitingCount,
            Retrying = _waiting.Count,
            Overdue = OverdueNeedsLock,
            Attempts = attempts,
            Workers = WorkersNeedsLock,
            IsPaused = _isPaused || _isRunPaused,
        };
        return _tally.Count(in waiting, Next);
    }

    protected override ValueTask WorkAsync(Worker worker, Item item) => _runner.WorkAsync(worker, item);

    protected override void OnFault(Exception error, Worker? worker)
    {
        _run.ReportFault(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        CountEnd(ResultStatus.Failed);
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
            _tally.Unpublished--;
            isRefused = _run.Closing != Closing.No;
            if (isRefused)
                _tally.Canceled++;
            mustWait = !isRefused && PublishNeedsLock(item, slip, ref after);
        }

        after.Perform();
        if (isRefused)
            _runner.EndUnbegun(item);
    }

    private bool PublishNeedsLock(Item item, WaitSlip? slip, ref Aftermath after)
    {
        item.ArriveInStage(_tally.DrawTicket());
        return EnqueueNeedsLock(item, slip, ref after);
    }

    /// <summary>Puts an item into the front, and whoever brought it into the line for room if the front is above its capacity now.</summary>
    private bool EnqueueNeedsLock(Item item, WaitSlip? slip, ref Aftermath after)
    {
        Front.Enqueue(item, item.Priority, item.Ticket);
        WakeIfNeededNeedsLock(ref after);
        return slip is not null && _room.LineUp(slip, item, Front.FreshCount);
    }

    private void ReleaseRoomNeedsLock(ref Aftermath after)
    {
        if (_room.ReleaseIfLow(Front.FreshCount, ref after))
            after.Room ??= OnRoom;
    }

    private void GrantNeedsLock(Worker? self, ref Aftermath after)
    {
        if (MayStartNeedsLock())
            _gates.Grant(self, ref after);
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
