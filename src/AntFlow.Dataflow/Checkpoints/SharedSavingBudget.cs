using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The limit of the bytes that a run has in saving: room is taken before a value is passed to the writer, and returned when its write ends, with or without success.</summary>
/// <remarks>A value takes three times the room of its bytes: once for the bytes, and about twice as much for the object (a character of a text takes two bytes), which stays in memory until
/// the bytes are durable and longer: it continues to the next stage. The room therefore also limits how many such values may wait there, in addition to those being saved.
/// <b>The lock</b> guards the budget. No other section enters it, and it enters no other one; waiters are answered outside.</remarks>
[DebuggerDisplay("{_budget.InUse} bytes are being saved")]
internal sealed class SharedSavingBudget(long most)
{
    private readonly Lock _lock = new();
    private readonly SavingBudget _budget = new(most);

    /// <summary>Returns how much room a value takes whose bytes have this length: the bytes, and twice as much for the object.</summary>
    public static long RoomOf(long length) => 3 * length;

    /// <summary>Returns how many values that take this much room may wait in front of a stage: half of the values that may be in saving.</summary>
    public int MostWaiting(long room) => (int)Math.Min(int.MaxValue, most / 2 / Math.Max(room, 1));

    /// <summary>Takes room for the given number of bytes. False if the holder of the waiter has to wait on it first; it has the room once the waiter is answered.</summary>
    public bool TryTake(Waiter waiter, long bytes)
    {
        lock (_lock)
            return _budget.TryTake(waiter, bytes);
    }

    /// <summary>Takes room for the given number of bytes as soon as it is available.</summary>
    /// <returns>False if one of the tokens was canceled first: then there is no room to return.</returns>
    public async ValueTask<bool> TakeAsync(Waiter waiter, long bytes, CancellationToken feeding, CancellationToken run)
    {
        if (TryTake(waiter, bytes))
            return true;
        Action<object?> stop = static state =>
        {
            (SharedSavingBudget budget, Waiter waiter) = ((SharedSavingBudget, Waiter))state!;
            budget.StopWaiting(waiter);
        };
        object state = (this, waiter);
        using (feeding.UnsafeRegister(stop, state))
        using (run.UnsafeRegister(stop, state))
            return await waiter.WaitAsync().ConfigureAwait(false);
    }

    public void GiveBack(long bytes)
    {
        PostLockActions after = default;
        lock (_lock)
            _budget.GiveBack(bytes, ref after);
        after.Perform();
    }

    /// <summary>Admits all waiters, now and later: nothing is written any more.</summary>
    public void Lift()
    {
        PostLockActions after = default;
        lock (_lock)
            _budget.Lift(ref after);
        after.Perform();
    }

    private void StopWaiting(Waiter waiter)
    {
        PostLockActions after = default;
        bool isRemoved;
        lock (_lock)
            isRemoved = _budget.TryRemove(waiter, ref after);
        if (isRemoved)
            after.CompleteWait(waiter, answer: false);
        after.Perform();
    }
}
