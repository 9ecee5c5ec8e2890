using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>A section in which a <see cref="ShortLock"/> is held. A member that must hold the lock takes a section as a parameter, and so cannot be called without it. What the section decides and
/// may not be done under the lock (<see cref="After"/>) is done when the section is left.</summary>
/// <remarks>Nothing foreign is called in a section. It is on the stack of the thread that has entered it.</remarks>
internal readonly ref partial struct LockScope
{
    private readonly ref ShortLock _held;
    private readonly ref PostLockActions _after;

    public LockScope(ref ShortLock held, ref PostLockActions after)
    {
        _held = ref held;
        _after = ref after;
    }

    /// <summary>What has to be done once the lock is left.</summary>
    public ref PostLockActions After => ref _after;

    /// <summary>Leaves the lock, and does what was decided.</summary>
    public void Dispose()
    {
        _held.Exit();
        _after.Perform();
    }
}

internal static class SectionEntry
{
    /// <summary>Waits for the lock, and holds it until the section is disposed of.</summary>
    /// <param name="entered">The lock.</param>
    /// <param name="after">Where the section keeps what has to be done afterwards; the caller need not read it.</param>
    public static LockScope Enter(this ref ShortLock entered, [UnscopedRef] out PostLockActions after)
    {
        after = default;
        entered.Enter();
        return new LockScope(ref entered, ref after);
    }
}
