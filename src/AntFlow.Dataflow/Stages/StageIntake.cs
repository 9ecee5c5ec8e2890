namespace AntFlow.Dataflow;

/// <summary>How items enter a stage: fed from outside, or passed on by the stage before.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards <see cref="Room"/> and <see cref="Tally"/> as well. An item arrives, is counted and is put into the front in one section,
/// unless observers have to be notified of it first: then it is counted as queued at once, and published once they have been.</remarks>
internal sealed partial class StageIntake(PipelineStage stage, RunState run, PoolState state, WorkerPool pool, PoolRetries retries, StageEndings endings) : IItemTarget
{
    private StageLink[] _ways = [];
    private long _blockedByReader;
    private long _blockedSince;
    private int _waitingForReader;
    private int _workersNow = 1;

    /// <summary>The links from other stages. Guarded by the lock, as are their counts.</summary>
    public ReadOnlySpan<StageLink> Ways => _ways;

    public StageTally Tally { get; } = new();

    public RoomWaiters Room { get; } = new(stage.Settings.QueueCapacity);

    /// <summary>Returns how long the reader of the results has held the workers of the stage until now: the sum of their waits, divided by their number. 0 if no item is watched.</summary>
    public long BlockedByReader(long now)
    {
        // No lock: a wait that begins or ends at this moment may be missing, or be counted twice until it is noted.
        int waiting = Volatile.Read(ref _waitingForReader);
        return Volatile.Read(ref _blockedByReader) + (waiting == 0 ? 0 : Share(waiting, now - Volatile.Read(ref _blockedSince)));
    }

    /// <summary>Called outside the lock when the front has room again, for a block that postponed an offer. May be called although there is no room.</summary>
    public Action? OnRoom { get; set; }

    /// <summary>Takes an item into the run.</summary>
    /// <param name="item">The item, owned by the feeder.</param>
    /// <param name="error">Why the item ends before it could begin: it has failed, or was taken out of the run (<see cref="ItemExcludedException"/>). Null if it begins.</param>
    /// <param name="mode">What the feeder has or asks for.</param>
    /// <param name="waiter">What the feeder can wait on for room; null if it does not wait.</param>
    /// <param name="mustWait">Whether the front is above its capacity now.</param>
    /// <param name="sequence">The sequence number the item has now, if it is accepted: the caller can no longer read it from the item.</param>
    public Acceptance Accept(Item item, Exception? error, AcceptMode mode, Waiter? waiter, out bool mustWait, out long sequence)
    {
        mustWait = false;
        sequence = -1;
        bool isPublished = false;
        bool resumesLater = ResumesLater(item);
        string? function = error is null ? null : FunctionOf(item, error);
        item.Visit.ReadyAt = item.AcceptedAt = run.Clock.Now;
        run.BeginObserving(item, item.AcceptedAt, BlockedByReader(item.AcceptedAt));
        bool isNotified = run.NotifiesAcceptance;
        Broken("published-before-it-is-told", ref isNotified, false);
        using (LockScope held = state.Enter(out _))
        {
            if (mode == AcceptMode.Promised)
                Room.EndPromise();
            else if (mode != AcceptMode.Owed && run.Closing != Closing.No)
                return Acceptance.Closed;
            else if (mode == AcceptMode.IfRoom && !Room.HasRoom(state.FreshCount + Tally.Unpublished))
                return Acceptance.Full;
            Accept(item, held);
            sequence = item.Sequence;
            if (error is not null)
            {
                Tally.End(StageEndings.StatusOf(error));
                // It never stands in the front, so no worker that takes it will report the room it leaves.
                if (mode == AcceptMode.Promised)
                    held.After.Call = OnRoom;
            }
            else if (!isNotified && run.Closing == Closing.No)
            {
                isPublished = true;
                mustWait = Publish(item, waiter, held);
            }
            else
            {
                Tally.Unpublished++;
            }
        }

        if (isPublished)
        {
            ArmIfWaiting(resumesLater);
            return Acceptance.Accepted;
        }

        run.NotifyAccepted(item, ItemStatus.Queued, stage, item.AcceptedAt);
        if (error is null)
            Publish(item, waiter, out mustWait);
        else
            endings.EndUnidentified(item, error, function);
        return Acceptance.Accepted;
    }

    /// <summary>Takes items into the run, one after the other, until one is above the capacity of the front. For a run that saves nothing, and whose observers do not observe acceptance.</summary>
    /// <param name="items">The items, owned by the feeder.</param>
    /// <param name="waiter">What the feeder can wait on for room.</param>
    /// <param name="mustWait">Whether the front is above its capacity now.</param>
    /// <returns>How many were accepted: none once the run is closing.</returns>
    public int AcceptTogether(ReadOnlySpan<Item> items, Waiter waiter, out bool mustWait)
    {
        mustWait = false;
        int accepted = 0;
        long now = run.Clock.Now;
        long blockedByReader = BlockedByReader(now);
        foreach (Item item in items)
        {
            item.Visit.ReadyAt = item.AcceptedAt = now;
            run.BeginObserving(item, now, blockedByReader);
        }

        using (LockScope held = state.Enter(out _))
        {
            if (run.Closing != Closing.No)
                return 0;
            while (accepted < items.Length && !mustWait)
            {
                Item item = items[accepted++];
                Accept(item, held);
                mustWait = Publish(item, waiter, held);
            }
        }

        return accepted;
    }

    /// <summary>Promises room to a block that has to fetch its item first.</summary>
    public bool TryPromiseRoom()
    {
        using (LockScope held = state.Enter(out _))
            return run.Closing == Closing.No && Room.TryPromise(state.FreshCount + Tally.Unpublished);
    }

    /// <summary>Ends a promise whose item could not be fetched.</summary>
    public void BreakPromise()
    {
        using (LockScope held = state.Enter(out _))
            Room.EndPromise();
    }

    public Waiter? WaitForRoom(Waiter waiter, int most)
    {
        // The limit for large items must not leave a worker without an item.
        using (LockScope held = state.Enter(out _))
            return Room.LineUp(waiter, item: null, state.FreshCount, Math.Max(most, pool.Count(held))) ? waiter : null;
    }

    public StageLink Connect(string from)
    {
        var way = new StageLink(this, new LinkTally(), from, stage.Name);
        _ways = [.. _ways, way];
        return way;
    }

    public Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp)
    {
        bool isRefused;
        bool mustWait = false;
        bool resumesLater = ResumesLater(item);
        item.Visit.Attempt = 0;
        item.Visit.ReadyAt = stamp;
        if (item.IsTimed)
            item.Timing.Wait(Spending.Queue, stamp, BlockedByReader(stamp));
        run.NotifyStatus(item, ItemStatus.Queued, stage, worker: null, stamp);
        using (LockScope held = state.Enter(out _))
        {
            Step();
            via.Tally.Count(isSkipped, isFromStore: worker is null);
            item.ArriveInStage(state.DrawTicket());
            isRefused = !run.Closing.MayGoOn(item);
            Broken("goes-on-after-closing", ref isRefused, false);
            if (isRefused)
                Tally.End(ResultStatus.Canceled);
            else
                mustWait = EnqueueOrDelay(item, stamp, worker?.Slip, held);
            worker?.Item = null;
        }

        if (isRefused)
            endings.EndUnbegun(item);
        else
            ArmIfWaiting(resumesLater);
        return mustWait ? worker!.Slip : null;
    }

    /// <summary>Removes a feeder that no longer wants to wait from the line.</summary>
    public bool StopWaiting(Waiter waiter)
    {
        using (LockScope held = state.Enter(out _))
            return Room.Remove(waiter);
    }

    /// <summary>Notes that a worker begins to wait for the reader, or has ended its wait.</summary>
    public void CountReaderWait(long now, bool isBegin)
    {
        using (LockScope held = state.Enter(out _))
        {
            if (_waitingForReader > 0)
                _blockedByReader += Share(_waitingForReader, now - _blockedSince);
            _blockedSince = now;
            _waitingForReader += isBegin ? 1 : -1;
            _workersNow = pool.Count(held);
        }
    }

    public void EnterLock() => state.EnterLock();

    public void ExitLock() => state.ExitLock();

    /// <summary>Notes that an item has left the front: the worker or feeder that brought it continues, and all of them do once there is room again.</summary>
    public void ReleaseRoom(Item taken, in LockScope held)
    {
        if (Room.HasWaiters)
            Room.ReleaseFor(taken, ref held.After);
        ReleaseRoom(held);
    }

    public void ReleaseRoom(in LockScope held)
    {
        if (Room.ReleaseIfLow(state.FreshCount, ref held.After))
            held.After.Call ??= OnRoom;
    }

    /// <summary>Returns whether the item still has to wait for a delay from before the run was resumed. Not in a stage that it has passed, where it is only reported.</summary>
    private bool ResumesLater(Item item) => item is { Record.ResumeDelay.Ticks: > 0 } && item.Record.ResumeStage == stage.Index;

    /// <summary>Returns the function in which an item failed before it began. An item without an id was to get it from <c>IdentifyBy</c>.</summary>
    private static string? FunctionOf(Item item, Exception error) => error switch
    {
        DuplicateItemException { IsUnplaced: true } or AntFlowException { Function: "" } => null,
        _ when item.Id.IsDefault => "IdentifyBy",
        AntFlowException { Function: { } function } => function,
        _ => null,
    };

    private long Share(int waiting, long ticks) => Math.Max(0, ticks) * waiting / Math.Max(1, Volatile.Read(ref _workersNow));

    private void ArmIfWaiting(bool waits)
    {
        if (waits)
            retries.ArmTimer();
    }

    private void Accept(Item item, in LockScope held)
    {
        item.Sequence = run.DrawSequence();
        if (item.Record is { } record)
            record.Sequence = item.Sequence;
        if (item.Id.IsDefault)
            item.Id = ItemId.Automatic(item.Sequence);
        Tally.Fed++;
    }

    private void Publish(Item item, Waiter? waiter, out bool mustWait)
    {
        bool isRefused;
        bool resumesLater = ResumesLater(item);
        using (LockScope held = state.Enter(out _))
        {
            Tally.Unpublished--;
            isRefused = run.Closing != Closing.No;
            mustWait = !isRefused && Publish(item, waiter, held);
            if (isRefused)
            {
                // It has arrived all the same: its result shows with what value, and after how many attempts.
                item.ArriveInStage(state.DrawTicket());
                Tally.End(ResultStatus.Canceled);
            }
        }

        if (isRefused)
            endings.EndUnbegun(item);
        else
            ArmIfWaiting(resumesLater);
    }

    private bool Publish(Item item, Waiter? waiter, in LockScope held)
    {
        item.ArriveInStage(state.DrawTicket());
        return EnqueueOrDelay(item, item.AcceptedAt, waiter, held);
    }

    /// <summary>Receives an item. A resumed item continues in this stage with its attempts so far, possibly after a delay; other items begin.</summary>
    private bool EnqueueOrDelay(Item item, long now, Waiter? waiter, in LockScope held)
    {
        if (item.Record is { } record)
        {
            item.Visit.Attempt = record.AttemptsBefore(stage.Index, task: 0);
            if (ResumesLater(item))
            {
                if (item.IsTimed)
                    item.Timing.Turn(Spending.Retry, now);
                retries.PutBack(item, run.Clock.After(now, record.ResumeDelay), held);
                return false;
            }
        }

        return Enqueue(item, waiter, held);
    }

    /// <summary>Puts an item into the front, and the waiter of what brought it into the line for room if the front is above its capacity now.</summary>
    private bool Enqueue(Item item, Waiter? waiter, in LockScope held)
    {
        state.Queue.Enqueue(item, item.Priority, item.Visit.Ticket);
        pool.WakeIfNeeded(held);
        bool mustWait = waiter is not null && Room.LineUp(waiter, item, state.FreshCount);
        Broken("feeders-do-not-wait-for-room", ref mustWait, false);
        return mustWait;
    }

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
