using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>Measures how long a loop has kept its thread. Mutable: a local that is not copied.</summary>
internal partial struct TimeSlice(RunClock clock)
{
    // 10 ms.
    private static readonly long _longest = Stopwatch.Frequency / 100;

    private long _since;
    private bool _isSuspended;

    /// <summary>Notes whether the await that follows gives up the thread.</summary>
    public Task Note(Task awaited)
    {
        _isSuspended |= !awaited.IsCompleted;
        return awaited;
    }

    /// <summary>Notes whether the await that follows gives up the thread.</summary>
    public ValueTask Note(in ValueTask awaited)
    {
        _isSuspended |= !awaited.IsCompleted;
        return awaited;
    }

    /// <summary>Notes whether the await that follows gives up the thread.</summary>
    public ValueTask<T> Note<T>(in ValueTask<T> awaited)
    {
        _isSuspended |= !awaited.IsCompleted;
        return awaited;
    }

    /// <summary>Begins a new turn: the thread was given up.</summary>
    public void Restart() => _since = 0;

    /// <summary>Called when the worker has finished an item. Returns whether the loop should give up its thread: tasks that never suspend must not starve other work.</summary>
    public bool EndItem(Worker worker)
    {
        worker.Suspends = _isSuspended;
        if (_isSuspended)
        {
            _isSuspended = false;
            _since = 0;
            return false;
        }

        // The end of the item is already known, unless the clock is not the system clock or the worker has waited since.
        long now = clock.IsSystem && worker.LastStamp != 0 ? worker.LastStamp : Stopwatch.GetTimestamp();
        if (_since == 0)
            _since = clock.IsSystem && worker.Attempt.BeganAt != 0 ? worker.Attempt.BeganAt : now;
        long longest = _longest;
        Broken("loop-never-gives-its-thread-up", ref longest, long.MaxValue);
        return now - _since >= longest;
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
