using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The bound of the bytes that a run has on their way to its store: taken before a value is given to the writer, given back when its write ends, however it does.</summary>
/// <remarks>A value takes room three times: for its bytes, and about twice as much for the object they are of (a character of a text takes two bytes), which stays in memory until they are
/// durable, and longer: it goes on to the next stage. So the room also says how many such values may wait there, beside those that are on their way.
/// <b>The lock</b> guards the budget. It is entered from no other section and no other one is entered from it; slips are answered outside.</remarks>
[DebuggerDisplay("{_budget.Held} bytes are being saved")]
internal sealed class SavingRoom(long most)
{
    private readonly Lock _lock = new();
    private readonly SavingBudget _budget = new(most);

    /// <summary>How much room a value takes whose bytes have this length: they, and twice as much for the object.</summary>
    public static long RoomOf(long length) => 3 * length;

    /// <summary>How many values that take so much room may wait in front of a stage: half of those that may be on their way.</summary>
    public int MostWaiting(long room) => (int)Math.Min(int.MaxValue, most / 2 / Math.Max(room, 1));

    /// <summary>Takes room for so many bytes. False if the holder of the slip has to wait on it first; it has the room once the slip is answered.</summary>
    public bool TryTake(WaitSlip slip, long bytes)
    {
        lock (_lock)
            return _budget.TryTake(slip, bytes);
    }

    /// <summary>Takes room for so many bytes, as soon as there is.</summary>
    /// <returns>False if one of the tokens was canceled first: then there is nothing to give back.</returns>
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

    /// <summary>Lets all in, now and later: nothing is written any more.</summary>
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
