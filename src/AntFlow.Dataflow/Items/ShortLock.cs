using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AntFlow.Dataflow;

/// <summary>A lock for sections that take well under a microsecond and call nothing foreign: half the price of a <see cref="Lock"/>, and it lies where what it guards lies.</summary>
/// <remarks>An item passes more than two of them in each stage, and on two cores most of what a section costs is that the memory it touches comes from the other core: a lock in an
/// object of its own is one more piece of it. A thread that finds it taken looks again after every pause of the processor, for about as long as a few sections take (the pauses of a
/// <see cref="SpinWait"/> double, and the second one is longer than a section); then it spins as others do, and gives up its core again and again until the lock is free. So the rare
/// long section (a snapshot of very many workers, the end of a run with very many items in a front) costs other threads no more than time. Not fair, and not reentrant. Mutable: a field
/// that is neither copied nor readonly.</remarks>
internal struct ShortLock
{
    private const int ShortPauses = 20;

    private static long _longWaits;

    private int _held;

    /// <summary>How often a thread of this process has given up its core while it waited for one. A number to measure by: rare, so counting it costs nothing.</summary>
    public static long LongWaits => Interlocked.Read(ref _longWaits);

    /// <summary>Waits for the lock, and holds it until what is returned is disposed of.</summary>
    [UnscopedRef]
    public Section EnterSection()
    {
        Enter();
        return new Section(ref this);
    }

    /// <summary>Waits for the lock, and holds it until <see cref="Exit"/>.</summary>
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
            EnterTaken();
    }

    // A release store, no full barrier: the thread that has the lock next has passed a barrier, since it entered.
    public void Exit() => Volatile.Write(ref _held, 0);

    private void EnterTaken()
    {
        for (int pause = 0; pause < ShortPauses; pause++)
        {
            Pause();
            if (TryEnter())
                return;
        }

        SpinWait spinner = default;
        do
            spinner.SpinOnce();
        while (!TryEnter());
        if (spinner.NextSpinWillYield)
            Interlocked.Increment(ref _longWaits);
    }

    private bool TryEnter() => Volatile.Read(ref _held) == 0 && Interlocked.CompareExchange(ref _held, 1, 0) == 0;

    // One instruction. The shortest Thread.SpinWait is several.
    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else if (ArmBase.IsSupported)
            ArmBase.Yield();
        else
            Thread.SpinWait(1);
    }

    /// <summary>The section in which the lock is held.</summary>
    internal readonly ref struct Section(ref ShortLock held)
    {
        private readonly ref ShortLock _held = ref held;

        public void Dispose() => _held.Exit();
    }
}
