using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The limit of the bytes that a run has in saving: room is taken before a value is passed to the writer, and returned when its write ends, with or without success.</summary>
/// <remarks>A value takes three times the room of its bytes: once for the bytes, and about twice as much for the object (a character of a text takes two bytes), which stays in memory until
/// the bytes are durable and longer: it continues to the next stage. The room therefore also limits how many such values may wait there, in addition to those being saved.
/// <b>The lock</b> guards the budget. No other section enters it, and it enters no other one; slips are answered outside.</remarks>
[DebuggerDisplay("{_budget.Held} bytes are being saved")]
internal sealed class SavingRoom(long most)
{
    private readonly Lock _lock = new();
    private readonly SavingBudget _budget = new(most);

    /// <summary>Returns how much room a value takes whose bytes have this length: the bytes, and twice as much for the object.</summary>
    public static long RoomOf(long length) => 3 * length;

    /// <summary>Returns how many values that take this much room may wait in front of a stage: half of the values that may be in saving.</summary>
    public int MostWaiting(long room) => (int)Math.Min(int.MaxValue, most / 2 / Math.Max(room, 1));

    /// <summary>Takes room for the given number of bytes. False if the holder of the slip has to wait on it first; it has the room once the slip is answered.</summary>
    public bool TryTake(WaitSlip slip, long bytes)
    {
        lock (_lock)
            return _budget.TryTake(slip, bytes);
    }

    /// <summary>Takes room for the given number of bytes as soon as it is available.</summary>
    /// <returns>False if one of the tokens was canceled first: then there is no room to return.</returns>
    public async ValueTask<bool> TakeAsync(WaitSlip slip, long bytes, CancellationToken feeding, CancellationToken run)
    {
        if (TryTake(slip, bytes))
            return true;
        Action<object?> stop = static state =>
        {
            (SavingRoom room, WaitSlip slip) = ((SavingRoom, WaitSlip))state!;
            room.StopWaiting(slip);
        };
        object state = (this, slip);
        using (feeding.UnsafeRegister(stop, state))
        using (run.UnsafeRegister(stop, state))
            return await slip.WaitAsync().ConfigureAwait(false);
    }

    public void GiveBack(long bytes)
    {
        Aftermath after = default;
        lock (_lock)
            _budget.GiveBack(bytes, ref after);
        after.Perform();
    }

    /// <summary>Admits all waiters, now and later: nothing is written any more.</summary>
    public void Lift()
    {
        Aftermath after = default;
        lock (_lock)
            _budget.Lift(ref after);
        after.Perform();
    }

    private void StopWaiting(WaitSlip slip)
    {
        Aftermath after = default;
        bool isRemoved;
        lock (_lock)
            isRemoved = _budget.TryRemove(slip, ref after);
        if (isRemoved)
            after.Tell(slip, answer: false);
        after.Perform();
    }
}
