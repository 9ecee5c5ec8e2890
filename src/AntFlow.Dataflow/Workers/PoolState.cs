using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>What the parts of a pool share: its lock, and the fields it guards for all of them.</summary>
/// <remarks>
/// <para><b>The lock</b> guards everything here, and what each part that shares this documents as guarded. Nothing foreign is called under it; what has to be done afterwards is collected in the
/// <see cref="LockScope"/>. No other lock is taken under it.</para>
/// <para>The fields are adjacent in memory: each section of an item touches all of them, and separate cache lines are fetched from the other core separately. Mutable fields, neither copied nor
/// readonly.</para>
/// </remarks>
internal sealed class PoolState
{
    private ShortLock _lock;
    private long _tickets;

    /// <summary>The number of places taken, by items that workers hold and by those that wait for their next attempt.</summary>
    public int PlacesInUse;

    /// <summary>The items that wait for a worker.</summary>
    public BucketPriorityQueue<Item> Queue = new();

    /// <summary>The items that wait for their next attempt.</summary>
    public readonly DelayQueue Delayed = new();

    /// <summary>The items that wait for their next look.</summary>
    public readonly DelayQueue Polling = new();

    /// <summary>The items that wait for their key; null if the stage has no keys.</summary>
    public KeyLines? Keys;

    /// <summary>The number of items that wait and have not started, for which a queue has a capacity.</summary>
    public int FreshCount => Keys is null ? Queue.FreshCount : Queue.FreshCount + Keys.WaitingCount;

    /// <summary>Draws the place of an item among all items of its priority, at its first arrival; the item keeps it over retries.</summary>
    public long DrawTicket() => _tickets++;

    /// <summary>Waits for the lock, and holds it until the section is disposed of.</summary>
    public LockScope Enter([UnscopedRef] out PostLockActions after) => _lock.Enter(out after);

    /// <summary>Waits for the lock, and holds it until <see cref="ExitLock"/>: for code that also holds the locks of other pools.</summary>
    public void EnterLock() => _lock.Enter();

    public void ExitLock() => _lock.Exit();
}
