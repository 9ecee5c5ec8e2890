namespace AntFlow.Dataflow;

/// <summary>The only timer of a stage's waiting room, set to the item that is due next.</summary>
/// <remarks>A timer is foreign code, because the user may supply a <see cref="TimeProvider"/>. Therefore it is never used under the lock of the stage. One thread at a time sets it; otherwise an
/// outdated, later time could overwrite a newer, earlier one. <c>_lock</c> guards only the flags, and nothing is called under it. A timer that cannot be set is reported as a fault of the engine,
/// because no caller could catch an exception on the thread of a timer.</remarks>
internal sealed partial class RetryTimer(RunClock clock, Action<long> returnDue, Func<long?> nextDue, Action<Exception> onFault)
{
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _isArming;
    private bool _armAgain;
    private bool _isEnded;

    /// <summary>Sets the timer to the next due item. Called whenever an item was added.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (_isArming)
            {
                _armAgain = true;
                return;
            }

            _isArming = true;
        }

        bool again;
        do
        {
            TrySet();
            lock (_lock)
            {
                again = _armAgain;
                _armAgain = false;
                _isArming = again;
            }
        }
        while (again);
    }

    /// <summary>Ends the timer when nothing is due any more. A timer that is set to next month would keep the whole run in memory until then.</summary>
    public void Disable()
    {
        lock (_lock)
            _isEnded = true;
        Arm();
    }

    private void TrySet()
    {
        try
        {
            Set();
        }
        catch (Exception error)
        {
            onFault(error);
        }
    }

    private void Set()
    {
        if (Volatile.Read(ref _isEnded))
        {
            _timer?.Dispose();
            return;
        }

        long? next = nextDue();
        Broken("retry-timer-not-armed", ref next, null);
        if (next is not { } dueAt)
        {
            // The timer may have fired between the last check for due items and its setting, and would fire again for an item that has left.
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Add one tick to the difference, which was rounded down, so that the timer never fires early.
        TimeSpan due = clock.RoundUp(clock.Between(clock.Now, dueAt) + TimeSpan.FromTicks(1));
        if (_timer is null)
            _timer = clock.CreateTimer(static timer => ((RetryTimer)timer!).OnDue(), this, due, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(RunClock.Cut(due), Timeout.InfiniteTimeSpan);
    }

    private void OnDue()
    {
        returnDue(clock.Now);
        Arm();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
