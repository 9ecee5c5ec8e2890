namespace AntFlow.Dataflow;

/// <summary>One call of one task: its number, its time, its token, its context.</summary>
#pragma warning disable CA1001 // A struct has no owner; End disposes the timer.
internal readonly struct Attempt
#pragma warning restore CA1001
{
    private readonly StageBlock _block;
    private readonly Worker _worker;
    private readonly Item _item;
    private readonly StageTask _task;
    private readonly AttemptTimer? _timer;
    private readonly StageContext? _context;
    private readonly CancellationToken _token;
    private readonly bool _isItemTimeout;

    private Attempt(StageBlock block, RunState run, Worker worker, Item item, long now)
    {
        StageSettings settings = block.Place.Definition.Settings;
        _block = block;
        _worker = worker;
        _item = item;
        _task = block.Place.Definition.Tasks[item.TaskIndex];
        BeganAt = now;
        _token = run.Token;
        TimeSpan? due = TimeLeft(settings, run.Clock, item, now, out _isItemTimeout);
        IsTooLate = due <= TimeSpan.Zero;
        if (IsTooLate)
            return;

        if (settings.RetryScope == RetryScope.Task || item.TaskIndex == 0)
            item.Attempt++;
        worker.Attempts++;
        if (due is { } timeLeft)
        {
            _timer = new AttemptTimer(block, worker, run, timeLeft, _isItemTimeout);
            _token = _timer.Token;
        }

        if (_task.UsesContext)
            _context = new StageContext(block, worker, item, _token);
    }

    public long BeganAt { get; }

    /// <summary>The time was over before the call could begin: it is not made.</summary>
    public bool IsTooLate { get; }

    public bool HasTimedOut => IsTooLate || _timer is { HasFired: true };

    /// <summary>Whether it was the time for all attempts in the stage that ran out.</summary>
    public bool IsItemTimedOut => HasTimedOut && _isItemTimeout;

    /// <summary>Begins an attempt, and tells those who watch.</summary>
    public static Attempt Begin(StageBlock block, RunState run, Worker worker, Item item, long now)
    {
        bool isFirst = !item.HasStartedInStage;
        bool isNext = item.AwaitsRetry;
        if (isFirst)
        {
            item.HasStarted = true;
            item.HasStartedInStage = true;
            item.StartedInStageAt = now;
        }

        if (item.TaskIndex == 0)
            item.PassBeganAt = now;
        item.AwaitsRetry = false;
        var attempt = new Attempt(block, run, worker, item, now);
        if (isFirst || isNext)
            run.Tell(item, ItemStatus.InProgress, block.Place, worker, now);
        run.Tell(item, TaskStep.Start, block.Place, worker, now, now);
        return attempt;
    }

    public ValueTask CallAsync() => _task.RunAsync(_item, _context, _block.Place.Definition.Settings.Scheduler, _token);

    /// <summary>The call has ended: nobody may speak in its name any more.</summary>
    public void End()
    {
        if (_timer is null && _context is null)
            return;
        try
        {
            _timer?.Dispose();
        }
        finally
        {
            // Also if the timer, foreign code, throws: that is a fault of the engine, but no reason to count the attempt as overdue for ever.
            _block.EndAttempt(_worker);
        }
    }

    public AttemptTimeoutException TimeoutError(Exception? inner)
    {
        StageSettings settings = _block.Place.Definition.Settings;
        TimeSpan timeout = (_isItemTimeout ? settings.ItemTimeout : settings.AttemptTimeout).GetValueOrDefault();
        return new AttemptTimeoutException(_block.Name, _task.Name, _item.Attempt, timeout, _isItemTimeout, inner);
    }

    private static TimeSpan? TimeLeft(StageSettings settings, RunClock clock, Item item, long now, out bool isItemTimeout)
    {
        isItemTimeout = false;
        TimeSpan? left = settings.AttemptTimeout;
        // With the scope Stage the clock of a pass starts at its first permit and runs on.
        if (left is not null && settings.RetryScope == RetryScope.Stage)
            left -= clock.Between(item.PassBeganAt, now);
        if (settings.ItemTimeout is { } forItem)
        {
            TimeSpan itemLeft = forItem - clock.Between(item.StartedInStageAt, now);
            if (left is null || itemLeft < left)
            {
                isItemTimeout = true;
                left = itemLeft;
            }
        }

        return left;
    }
}
