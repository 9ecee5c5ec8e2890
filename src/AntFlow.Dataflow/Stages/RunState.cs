using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>What the stages of one run share, and what they report to the run.</summary>
internal abstract partial class RunState(RunClock clock, ObserverGroup? observers, Random random, bool dropsResults = false, ItemClaims? claims = null)
{
    private readonly Lock _randomLock = new();
    private readonly bool _tellsTasks = observers is { WantsTasks: true };
    private readonly bool _tellsStatuses = observers is { WantsStatuses: true };
    private readonly bool _tellsEnds = observers is { WantsEnds: true };
    private int _closing;
    private long _accepted;

    public RunClock Clock { get; } = clock;

    /// <summary>The observers that are notified of the items; null if there are none.</summary>
    public ObserverGroup? Observers { get; } = observers;

    /// <summary>Whether observers have to be notified of the acceptance of an item before the item may continue.</summary>
    public bool NotifiesAcceptance { get; } = observers is { WantsAcceptance: true };

    /// <summary>Whether observers are notified of what workers do with an item before its end.</summary>
    public bool TellsWork { get; } = observers is { WantsStatuses: true } or { WantsTasks: true };

    /// <summary>The AsyncLocal values that user code of the run sees: those at the place where the run was started.</summary>
    public Caller Caller { get; protected init; }

    /// <summary>Whether results are dropped: the input of an item in its stage is not needed once the item has passed.</summary>
    public bool DropsResults { get; } = dropsResults;

    /// <summary>The ids that are taken; null if ids are not checked.</summary>
    public ItemClaims? Claims { get; } = claims;

    /// <summary>Canceled when the run is.</summary>
    public abstract CancellationToken Token { get; }

    /// <summary>Saves what happens to items; null in a run without checkpoints.</summary>
    public IItemSaver? Saver { get; protected init; }

    /// <summary>Runs and records what items do once.</summary>
    public abstract IOnceKeeper Onces { get; }

    /// <summary>How far the run has gone towards its end. Set before any stage is notified; read again in every section that lets an item wait.</summary>
    public Closing Closing => (Closing)Volatile.Read(ref _closing);

    /// <summary>The number of accepted items: counted on its own, never derived.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>The number of items that will have an end of their own: the run has ended once that many have ended and nothing more can be accepted. In a line these are the accepted items; code that
    /// makes other items has to count them before they become visible, and so before the item they are made from ends.</summary>
    public long Expected => Accepted;

    /// <summary>Draws the sequence number of an item, which accepts it: an item that has one gets a result.</summary>
    public long DrawSequence() => Interlocked.Increment(ref _accepted) - 1;

    /// <summary>Returns a random number in [0, 1).</summary>
    public double NextRandom()
    {
        lock (_randomLock)
            return random.NextDouble();
    }

    /// <summary>Raises <see cref="Closing"/>. Returns false if it was there, or further, already.</summary>
    public bool RaiseClosing(Closing to)
    {
        while (true)
        {
            int now = Volatile.Read(ref _closing);
            if (now >= (int)to)
                return false;
            if (Interlocked.CompareExchange(ref _closing, (int)to, now) != now)
                continue;
            if (to >= Closing.AfterStage)
                Saver?.EndWaiting();
            return true;
        }
    }

    /// <summary>Ends an item. Called once for each item, by its owner, outside all locks, after the item was counted.</summary>
    /// <returns>Whether the worker should wait on its waiter before it continues, because the results are not read fast enough.</returns>
    public abstract bool Conclude(Item item, in Conclusion conclusion, Waiter? waiter = null);

    /// <summary>Checks whether the reader is too far behind for a worker to continue.</summary>
    /// <returns>What the worker has to wait on; null if it need not wait.</returns>
    public abstract Waiter? WaitForReader(Waiter waiter);

    /// <summary>Prepares an accepted item for the observers, if there are any.</summary>
    /// <param name="item">The item.</param>
    /// <param name="now">The present time.</param>
    /// <param name="blockedByReader">How long the reader has held the workers of its stage until now.</param>
    public void BeginObserving(Item item, long now, long blockedByReader)
    {
        if (Observers is not { } observers)
            return;
        item.States ??= new object?[observers.Count];
        item.LastEventAt = now;
        if (!observers.ReadTimes)
            return;
        item.IsTimed = true;
        item.Timing.Begin(now, blockedByReader);
    }

    /// <summary>Notifies the observers of an item that passed all stages before the run was resumed.</summary>
    /// <param name="item">The item.</param>
    /// <param name="stage">The last stage it passed.</param>
    public abstract void NotifyRestored(Item item, int stage);

    /// <summary>Called when the store was given up: the run stops gently, and ends with that as its fault.</summary>
    public abstract void GiveStoreUp(Exception error);

    /// <summary>Reports that user code other than a task threw: a callback, a predicate of the policy, a registration on a token.</summary>
    public abstract void ReportCallback(string callback, ItemId itemId, string stage, Exception error);

    /// <summary>Reports that a task that was given up has ended after all.</summary>
    public abstract void ReportLate(ItemId itemId, string stage, Exception? error);

    /// <summary>Reports that the engine broke and may have lost count: nothing more starts, and the run does not wait forever for what it still counts.</summary>
    public abstract void ReportFault(Exception error);

    /// <summary>Cancels the run because it cannot continue, though the engine works: every item has its result as usual.</summary>
    public abstract void GiveUp(Exception error);

    /// <summary>Notifies the observers, if there are any. The times of one item never decrease.</summary>
    public void NotifyStatus(Item item, ItemStatus status, PipelineStage stage, Worker? worker, long stamp, Exception? error = null)
    {
        Reached(item, status, stage);
        // Most runs have an observer of ends, or none: for other changes nothing more needs to be checked.
        if (!_tellsStatuses && !(_tellsEnds && IsEnd(item, status, stage)))
            return;
        Step();
        Observers!.NotifyStatus(item, MomentOf(item, status, stage, worker, stamp, error));
    }

    /// <summary>Notifies the observers that an item was accepted.</summary>
    public void NotifyAccepted(Item item, ItemStatus status, PipelineStage stage, long stamp)
    {
        Reached(item, status, stage);
        if (!NotifiesAcceptance)
            return;
        Step();
        Observers!.NotifyAccepted(item, MomentOf(item, status, stage, worker: null, stamp, error: null));
    }

    /// <summary>Notifies the observers that an item has failed, and in which function, unless it was a task.</summary>
    public void NotifyFailed(Item item, PipelineStage stage, Worker? worker, long stamp, Exception error, string? function)
    {
        if (!_tellsEnds)
            return;
        Step();
        Observers!.NotifyStatus(item, MomentOf(item, ItemStatus.Failed, stage, worker, stamp, error) with { Function = function });
    }

    /// <summary>Notifies the observers of a call of a task, if one observes them.</summary>
    public void NotifyTask(Item item, TaskEventKind kind, PipelineStage stage, Worker worker, long begin, long stamp, Exception? error = null)
    {
        Reached(item, kind, stage);
        if (!_tellsTasks)
            return;
        Debug.Assert(item.Visit.TaskIndex < stage.Definition.Tasks.Count, "The item has already passed its last task.");
        string task = stage.Definition.Tasks[item.Visit.TaskIndex].Name;
        Observers!.NotifyTask(item, new TaskMoment(kind, stage.Name, stage.Index, task, worker.Name, worker.Index, item.Visit.Attempt, stamp, Clock.Between(begin, stamp), error));
    }

    private static ItemMoment MomentOf(Item item, ItemStatus status, PipelineStage stage, Worker? worker, long stamp, Exception? error)
    {
        if (stamp > item.LastEventAt)
            item.LastEventAt = stamp;
        if (item.IsTimed)
            item.Timing.Note(item.LastEventAt);
        return new ItemMoment(status, stage.Name, stage.Index, worker?.Name, worker?.Index ?? -1, item.LastEventAt, item.Visit.Attempt, error, IsEnd(item, status, stage));
    }

    private static bool IsEnd(Item item, ItemStatus status, PipelineStage stage) => status switch
    {
        ItemStatus.Failed or ItemStatus.Canceled or ItemStatus.Filtered => true,
        ItemStatus.Completed or ItemStatus.Skipped => stage.IsEnd(item.Visit.Link),
        _ => false,
    };

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>Marks that an item was reported and has not moved yet: a seam of the faults build, at which a probe can stop the engine.</summary>
    partial void Reached(Item item, ItemStatus status, PipelineStage stage);

    /// <inheritdoc cref="Reached(Item, ItemStatus, PipelineStage)"/>
    partial void Reached(Item item, TaskEventKind kind, PipelineStage stage);
}
