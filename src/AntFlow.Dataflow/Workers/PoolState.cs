using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>What the parts of a pool share: its lock, and what it guards of them all.</summary>
/// <remarks>
/// <para><b>The lock</b> guards everything here, and whatever a part that has this says it does. Nothing foreign is called under it; what has to be done afterwards is collected in the
/// <see cref="Section"/>. No other lock is taken under it.</para>
/// <para>Side by side: each section of an item touches all of it, and what is apart comes from the other core apart. Mutable fields, which are neither copied nor readonly.</para>
/// </remarks>
internal sealed class PoolState
{
    private ShortLock _lock;
    private long _tickets;

    /// <summary>How many places are taken, by items in the hands of workers and by those that wait for their next attempt.</summary>
    public int Taken;

    /// <summary>The items that wait for a worker.</summary>
    public PriorityFront<Item> Front = new();

    /// <summary>The items that wait for their next attempt.</summary>
    public readonly WaitingRoom Waiting = new();

    /// <summary>The place of an item among all of its priority, drawn at its first arrival and kept over retries.</summary>
    public long DrawTicket() => _tickets++;

    /// <summary>Waits for the lock, and holds it until the section is disposed of.</summary>
    public Section Enter([UnscopedRef] out Aftermath after) => _lock.Enter(out after);

    /// <summary>Waits for the lock, and holds it until <see cref="ExitLock"/>: for one that holds those of others, too.</summary>
    public void EnterLock() => _lock.Enter();

    public void ExitLock() => _lock.Exit();
}
