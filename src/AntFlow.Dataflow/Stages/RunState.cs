using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>What the stages of one run share, and what they tell the run.</summary>
internal abstract partial class RunState(RunClock clock, ObserverGroup? observers, Random random, bool dropsResults = false, ItemClaims? claims = null)
{
    private readonly Lock _randomLock = new();
    private readonly bool _tellsTasks = observers is { HearTasks: true };
    private readonly bool _tellsStatuses = observers is { HearStatuses: true };
    private readonly bool _tellsEnds = observers is { HearEnds: true };
    private int _closing;
    private long _accepted;

    public RunClock Clock { get; } = clock;

    /// <summary>What is told of the items; null if nothing is.</summary>
    public ObserverGroup? Observers { get; } = observers;

    /// <summary>Whether the acceptance of an item has to be told before the item may go on.</summary>
    public bool TellsAcceptance { get; } = observers is { HearAcceptance: true };

    /// <summary>Whether anything is told of what workers do with an item before its end.</summary>
    public bool TellsWork { get; } = observers is { HearStatuses: true } or { HearTasks: true };

    /// <summary>What user code of the run finds in its AsyncLocals: what was there where the run was started.</summary>
    public Caller Caller { get; protected init; }

    /// <summary>Whether results are made for nothing: what an item was given in its stage is not asked for once it is through.</summary>
    public bool DropsResults { get; } = dropsResults;

    /// <summary>Which ids are taken; null if ids are not looked at.</summary>
    public ItemClaims? Claims { get; } = claims;

    /// <summary>Canceled when the run is.</summary>
    public abstract CancellationToken Token { get; }

    /// <summary>Saves what happens to items; null in a run without checkpoints.</summary>
    public IItemSaver? Saver { get; protected init; }

    /// <summary>Keeps what items do once.</summary>
    public abstract IOnceKeeper Onces { get; }

    /// <summary>How far the run is on its way to its end. Set before any stage is told; asked again in every section that lets an item wait.</summary>
    public Closing Closing => (Closing)Volatile.Read(ref _closing);

    /// <summary>How many items were accepted: counted on its own, never derived.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many items will have an end of their own: the run is over once so many have ended and nothing more can be accepted. In a line those that were accepted; code that makes
    /// others has to count them before they can be seen, and so before the one they are made of ends.</summary>
    public long Expected => Accepted;

    /// <summary>The acceptance of an item: an item that has a sequence number gets a result.</summary>
    public long DrawSequence() => Interlocked.Increment(ref _accepted) - 1;

    /// <summary>A number of [0, 1).</summary>
    public double NextRandom()
    {
        lock (_randomLock)
            return random.NextDouble();
    }

    /// <summary>Raises <see cref="Closing"/>. False if it was there, or further, already.</summary>
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

    /// <summary>Ends an item. Called once an item, by its owner, outside all locks, after it was counted.</summary>
    /// <returns>Whether the worker should wait on the slip it gave before it goes on: the results are not read fast enough.</returns>
    public abstract bool Conclude(Item item, in Conclusion conclusion, WaitSlip? slip = null);

    /// <summary>Asks whether the reader is too far behind for a worker to go on.</summary>
    /// <returns>What the worker has to wait on; null if it need not wait.</returns>
    public abstract WaitSlip? WaitForReader(WaitSlip slip);

    /// <summary>Begins to watch an item that is accepted, if anything watches.</summary>
    /// <param name="item">The item.</param>
    /// <param name="now">When.</param>
    /// <param name="heldByReader">How long the reader has held the workers of its stage until now.</param>
    public void Watch(Item item, long now, long heldByReader)
    {
        if (Observers is not { } observers)
            return;
        item.States ??= new object?[observers.Count];
        item.LastEventAt = now;
        if (!observers.ReadTimes)
            return;
        item.IsWatched = true;
        item.Watch.Begin(now, heldByReader);
    }

    /// <summary>Tells the observers of an item that has passed all stages in an earlier life.</summary>
    public abstract void TellRestored(Item item);

    /// <summary>The store was given up: the run stops gently, and ends with that as its fault.</summary>
    public abstract void GiveStoreUp(Exception error);

    /// <summary>User code beside the tasks threw: a callback, a predicate of the policy, a registration on a token.</summary>
    public abstract void ReportCallback(string callback, ItemId itemId, string stage, Exception error);

    /// <summary>A body that was given up has ended after all.</summary>
    public abstract void ReportLate(ItemId itemId, string stage, Exception? error);

    /// <summary>The engine broke, and may have lost count: nothing more starts, and the run does not wait for ever for what it still counts.</summary>
    public abstract void ReportFault(Exception error);

    /// <summary>The run cannot go on, though the engine is whole: it is canceled, and every item has its result as ever.</summary>
    public abstract void GiveUp(Exception error);

    /// <summary>Tells the observers, if there are any. Times of one item never go back.</summary>
    public void Tell(Item item, ItemStatus status, StageNode stage, Worker? worker, long stamp, Exception? error = null)
    {
        Reached(item, status, stage);
        // Most runs have an observer of ends, or none: for what is no end nothing more is looked at.
        if (!_tellsStatuses && !(_tellsEnds && IsEnd(status, stage)))
            return;
        Step();
        Observers!.TellStatus(item, MomentOf(item, status, stage, worker, stamp, error));
    }

    /// <summary>Tells the observers that an item was accepted.</summary>
    public void TellAccepted(Item item, ItemStatus status, StageNode stage, long stamp)
    {
        Reached(item, status, stage);
        if (!TellsAcceptance)
            return;
        Step();
        Observers!.TellAccepted(item, MomentOf(item, status, stage, worker: null, stamp, error: null));
    }

    /// <summary>Tells the observers that an item has failed, and in which function, unless it was a task.</summary>
    public void TellFailed(Item item, StageNode stage, Worker? worker, long stamp, Exception error, string? function)
    {
        if (!_tellsEnds)
            return;
        Step();
        Observers!.TellStatus(item, MomentOf(item, ItemStatus.Failed, stage, worker, stamp, error) with { Function = function });
    }

    /// <summary>Tells the observers of a call of a task, if one wants to know.</summary>
    public void Tell(Item item, TaskStep step, StageNode stage, Worker worker, long begin, long stamp, Exception? error = null)
    {
        Reached(item, step, stage);
        if (!_tellsTasks)
            return;
        Debug.Assert(item.Visit.TaskIndex < stage.Definition.Tasks.Count, "The item has already passed its last task.");
        string task = stage.Definition.Tasks[item.Visit.TaskIndex].Name;
        Observers!.TellTask(item, new TaskMoment(step, stage.Name, stage.Index, task, worker.Name, worker.Index, item.Visit.Attempt, stamp, Clock.Between(begin, stamp), error));
    }

    private static ItemMoment MomentOf(Item item, ItemStatus status, StageNode stage, Worker? worker, long stamp, Exception? error)
    {
        if (stamp > item.LastEventAt)
            item.LastEventAt = stamp;
        if (item.IsWatched)
            item.Watch.Note(item.LastEventAt);
        return new ItemMoment(status, stage.Name, stage.Index, worker?.Name, worker?.Index ?? -1, item.LastEventAt, item.Visit.Attempt, error, IsEnd(status, stage));
    }

    private static bool IsEnd(ItemStatus status, StageNode stage) => status switch
    {
        ItemStatus.Failed or ItemStatus.Canceled => true,
        ItemStatus.Completed or ItemStatus.Skipped => stage.IsExit,
        _ => false,
    };

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>Marks that an item was reported and has not moved yet: a seam of the faults build, at which a probe can stop the engine.</summary>
    partial void Reached(Item item, ItemStatus status, StageNode stage);

    /// <inheritdoc cref="Reached(Item, ItemStatus, StageNode)"/>
    partial void Reached(Item item, TaskStep step, StageNode stage);
}
