namespace AntFlow.Dataflow;

/// <summary>The one timer of a stage's waiting room, set to the item that is due next.</summary>
/// <remarks>A timer is foreign code (the user may give a <see cref="TimeProvider"/>), so it is never touched under the lock of the stage; and it is set by one thread at a
/// time, or an older, later time could overwrite a newer, earlier one. <c>_lock</c> guards the flags only, and nothing is called under it.
/// A timer that cannot be set is a fault of the engine: on the thread of a timer nobody could catch it.</remarks>
internal sealed partial class RetryTimer(RunClock clock, Action<long> returnDue, Func<long?> nextDue, Action<Exception> onFault)
{
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _isArming;
    private bool _armAgain;
    private bool _isEnded;

    /// <summary>Sets the timer to the next due item. Called whenever one was added.</summary>
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

    /// <summary>Nothing is due any more. A timer that is set to next month would keep the whole run in memory until then.</summary>
    public void End()
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
            // It may have fired between the last look at what is due and its setting, and would fire once more for an item that is gone.
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // One tick more than the difference, which was rounded down: never early.
        TimeSpan due = clock.Between(clock.Now, dueAt) + TimeSpan.FromTicks(1);
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

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
