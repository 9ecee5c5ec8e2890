using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>A worker: its name, what it holds, and what it has done so far.</summary>
/// <remarks>The loop that runs as this worker owns everything here except the claim and what is documented as guarded by the lock of the pool. Others read the
/// statistics without a lock: each is one word, written by one thread at a time.</remarks>
[DebuggerDisplay("{Name} {Item}")]
internal sealed class Worker(string stage, int index)
{
    private const int MayBeAbandoned = 0;
    private const int KeptByWorker = 1;
    private const int Abandoned = 2;

    private int _abandonState;
    private Versioned<ItemId> _itemId;
    private bool _isBusy;

    public string Name { get; } = WorkerNames.Of(stage, index);

    public int Index { get; } = index;

    /// <summary>The waiter on which the worker waits, for a permit, for its turn to save, or for room; never for two at once.</summary>
    public Waiter Slip { get; } = new();

    // Guarded by the lock of the pool.
    public bool IsAlive { get; set; }

    public bool IsOverdue { get; set; }

    public string? TaskStatus { get; set; }

    public long TaskStatusAt { get; set; }

    /// <summary>The number of the worker's present attempt; a context or timer of an earlier attempt is invalid.</summary>
    public long AttemptVersion { get; set; }

    // Written by the loop; the abandoning party takes them over with the claim.

    /// <summary>The item the worker holds; null once it was passed on, put away or concluded.</summary>
    public Item? Item { get; set; }

    /// <summary>Whether the worker holds a place (<c>MaxInFlight</c>): from taking an item until it takes the next one, unless it gives the place back before, or to an item that waits.</summary>
    public bool HoldsPlace { get; set; }

    /// <summary>The permit the worker holds.</summary>
    public Permits? Permit { get; set; }

    /// <summary>The worker's present attempt, or its last one.</summary>
    public Attempt Attempt;

    /// <summary>The envelopes of items that the worker has brought to the results, until they are given back.</summary>
    public ItemsInHand InHand;

    /// <summary>The object with which the worker awaits a call that has not ended at once; kept for the next call of the same type.</summary>
    public PendingCall? Pending { get; set; }

    /// <summary>Where the store notes what the worker has started; -1 before anything was started.</summary>
    public int MarkSlot { get; set; } = -1;

    /// <summary>Whether something is noted there.</summary>
    public bool IsMarked { get; set; }

    /// <summary>The suspect that runs; null if the worker's item is not a suspect.</summary>
    public ItemRecord? Suspect { get; set; }

    /// <summary>Whether its last item suspended the loop. The next one probably will, too.</summary>
    public bool Suspends { get; set; }

    /// <summary>The end of what the worker did last, which is the beginning of what it does next; 0 if time has passed in between.</summary>
    public long LastStamp { get; set; }

    /// <summary>Whether a timed wait for the reader was begun and not ended.</summary>
    public bool WaitsForReader { get; set; }

    // Statistics. Read from any thread.

    /// <summary>Whether user code runs. Written after the fields that describe the code, and read before them.</summary>
    public bool IsBusy
    {
        get => Volatile.Read(ref _isBusy);
        set => Volatile.Write(ref _isBusy, value);
    }

    public string? Task { get; set; }

    public long Since { get; set; }

    public long Processed { get; set; }

    public long FailedItems { get; set; }

    public long Attempts { get; set; }

    public long BusyTicks { get; set; }

    public long LastActive { get; set; }

    /// <summary>The item the worker took last. Set by its loop; other threads that read it never see parts of two ids.</summary>
    public ItemId ItemId
    {
        get => _itemId.Read();
        set => _itemId.Write(value);
    }

    /// <summary>Notes that the worker waits, or has waited: what it does next begins later than what it did last ended.</summary>
    public void ForgetTime() => LastStamp = 0;

    /// <summary>Takes a permit for its item. There must be one.</summary>
    public void TakePermit(Permits permits)
    {
        permits.TryTake();
        Permit = permits;
    }

    /// <summary>Gives back the permit the worker holds. Returns false if there is none.</summary>
    public bool GiveBackPermit()
    {
        if (Permit is not { } permits)
            return false;
        Permit = null;
        permits.GiveBack();
        return true;
    }

    /// <summary>Gives the worker's place to the item, which waits from here on.</summary>
    public void GivePlaceTo(Item item)
    {
        item.Visit.HoldsPlace = HoldsPlace;
        HoldsPlace = false;
    }

    /// <summary>Waits on its waiter.</summary>
    public ValueTask<bool> WaitAsync()
    {
        ForgetTime();
        return Slip.WaitAsync();
    }

    /// <summary>Opens the claim when user code begins: from now on the item may be abandoned.</summary>
    public void AllowAbandon() => Volatile.Write(ref _abandonState, MayBeAbandoned);

    /// <summary>Closes the claim when user code has ended: the worker owns the item again, unless it was abandoned in the meantime.</summary>
    public bool TryForbidAbandon() => Interlocked.CompareExchange(ref _abandonState, KeptByWorker, MayBeAbandoned) == MayBeAbandoned;

    /// <summary>Takes the item for its end, whatever the worker does with it. Returns false if it was abandoned.</summary>
    /// <param name="isInUserCode">Whether user code was called and its end is not known: it may still run.</param>
    public bool TryKeepItem(out bool isInUserCode)
    {
        int claim = Interlocked.CompareExchange(ref _abandonState, KeptByWorker, MayBeAbandoned);
        isInUserCode = claim == MayBeAbandoned;
        return claim != Abandoned;
    }

    /// <summary>Takes the item away from a worker whose user code does not end.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _abandonState, Abandoned, MayBeAbandoned) == MayBeAbandoned;

    /// <summary>Closes the claim for a new item, or a new start of the loop.</summary>
    public void ForbidAbandon() => Volatile.Write(ref _abandonState, KeptByWorker);
}
