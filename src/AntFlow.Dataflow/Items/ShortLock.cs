using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AntFlow.Dataflow;

/// <summary>A lock for sections that take well under a microsecond and call no foreign code. It costs half as much as a <see cref="Lock"/>, and is stored next to the data that it
/// guards.</summary>
/// <remarks>An item passes more than two such locks in each stage. On two cores, most of the cost of a section is that the memory it touches comes from the other core; a lock in a separate object
/// would add another piece of memory. A thread that finds the lock taken checks it again after every pause of the processor, for about as long as a few sections take (the pauses of a
/// <see cref="SpinWait"/> double, and the second one is already longer than a section). After that it spins with <see cref="SpinWait"/>, and yields its core until the lock is free. So a rare long
/// section (a snapshot of very many workers, the end of a run with very many items in a front) costs other threads only time. The lock is not fair and not reentrant. Mutable: a field that is
/// neither copied nor readonly.</remarks>
internal struct ShortLock
{
    private const int ShortPauses = 20;

    private static long _longWaits;

    private int _held;

    /// <summary>The number of times that a thread of this process yielded its core while it waited for a lock of this type. For measurements: this is rare, so counting costs nothing.</summary>
    public static long LongWaits => Interlocked.Read(ref _longWaits);

    /// <summary>Waits for the lock, and holds it until the returned section is disposed.</summary>
    [UnscopedRef]
    public Scope EnterScope()
    {
        Enter();
        return new Scope(ref this);
    }

    /// <summary>Waits for the lock, and holds it until <see cref="Exit"/>.</summary>
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
            EnterTaken();
    }

    // A release store without a full barrier: the next thread that holds the lock passes a barrier when it enters.
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

    // A single instruction. The shortest Thread.SpinWait takes several.
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
    internal readonly ref struct Scope(ref ShortLock held)
    {
        private readonly ref ShortLock _held = ref held;

        public void Dispose() => _held.Exit();
    }
}
