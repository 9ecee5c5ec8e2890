namespace AntFlow.Dataflow;

/// <summary>Begins and ends the attempts of a stage: their numbers, times, tokens and contexts.</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed class StageAttempts
{
    private readonly StageBlock _block;
    private readonly RunState _run;
    private readonly StageSettings _settings;
    private readonly StageTask[] _tasks;
    private readonly bool _hasTimeouts;
    private readonly Action<Exception> _reportRegistration;

    public StageAttempts(StageBlock block, RunState run)
    {
        _block = block;
        _run = run;
        _settings = block.Place.Definition.Settings;
        _tasks = [.. block.Place.Definition.Tasks];
        _hasTimeouts = _settings.AttemptTimeout is not null || _settings.ItemTimeout is not null;
        _reportRegistration = error => run.ReportCallback("CancellationToken.Register", default, block.Name, error);
    }

    public string TaskName(Item item) => _tasks[item.TaskIndex].Name;

    public bool IsLastTask(Item item) => item.TaskIndex + 1 == _tasks.Length;

    /// <summary>Begins an attempt at the item's task, and tells those who watch; unless its time is over already (<see cref="Attempt.IsTooLate"/>).</summary>
    /// <returns>The context to call the task with, if it takes one.</returns>
    public StageContext? Begin(Worker worker, Item item, long now, out CancellationToken token)
    {
        bool isToTell = !item.HasStartedInStage || item.AwaitsRetry;
        if (!item.HasStartedInStage)
        {
            item.HasStarted = true;
            item.HasStartedInStage = true;
            item.StartedInStageAt = now;
        }

        if (item.TaskIndex == 0)
            item.PassBeganAt = now;
        item.AwaitsRetry = false;
        worker.Attempt = new Attempt { BeganAt = now };
        StageContext? context = Open(worker, item, now, out token);
        // What is not called does not begin.
        if (_run.Observer is null || worker.Attempt.IsTooLate)
            return context;
        if (isToTell)
            _run.Tell(item, ItemStatus.InProgress, _block.Place, worker, now);
        _run.Tell(item, TaskStep.Start, _block.Place, worker, now, now);
        return context;
    }

    /// <summary>Calls the task.</summary>
    public ValueTask Call(Worker worker, Item item, StageContext? context, CancellationToken token) =>
        _tasks[item.TaskIndex].Call(worker, item, context, _run.Caller, _settings.Scheduler, token);

    /// <summary>The call has ended: nobody may speak in its name any more.</summary>
    public void End(Worker worker)
    {
        if (worker.Attempt.Timer is null && !worker.Attempt.HasContext)
            return;
        try
        {
            worker.Attempt.Timer?.Dispose();
        }
        finally
        {
            // Also if the timer, foreign code, throws: that is a fault of the engine, but no reason to count the attempt as overdue for ever.
            _block.EndAttempt(worker);
        }
    }

    /// <summary>What an attempt that has run out of time fails with.</summary>
    public AttemptTimeoutException TimeoutError(Worker worker, Item item, Exception? inner)
    {
        bool isOfItem = worker.Attempt.IsOfItem;
        TimeSpan timeout = (isOfItem ? _settings.ItemTimeout : _settings.AttemptTimeout).GetValueOrDefault();
        return new AttemptTimeoutException(item.Id, _block.Name, TaskName(item), item.Attempt, timeout, isOfItem, inner);
    }

    private StageContext? Open(Worker worker, Item item, long now, out CancellationToken token)
    {
        token = _run.Token;
        TimeLeft? left = _hasTimeouts ? GetTimeLeft(item, now) : null;
        if (left is { } time)
        {
            worker.Attempt.IsOfItem = time.IsOfItem;
            worker.Attempt.IsTooLate = time.Due <= TimeSpan.Zero;
            if (worker.Attempt.IsTooLate)
                return null;
        }

        if (_settings.RetryScope == RetryScope.Task || item.TaskIndex == 0)
            item.Attempt++;
        worker.Attempts++;
        if (left is { } limit)
        {
            worker.Attempt.Timer = new AttemptTimer(_block, worker, limit, _run.Clock, _reportRegistration, token);
            token = worker.Attempt.Timer.Token;
        }

        worker.Attempt.HasContext = _tasks[item.TaskIndex].UsesContext;
        return worker.Attempt.HasContext ? new StageContext(_block, worker, item, _run.Onces, token) : null;
    }

    private TimeLeft? GetTimeLeft(Item item, long now)
    {
        TimeSpan? left = _settings.AttemptTimeout;
        // With the scope Stage the clock of a pass starts at its first permit and runs on.
        if (left is not null && _settings.RetryScope == RetryScope.Stage)
            left -= _run.Clock.Between(item.PassBeganAt, now);
        if (_settings.ItemTimeout is { } forItem)
        {
            TimeSpan itemLeft = forItem - _run.Clock.Between(item.StartedInStageAt, now);
            if (left is null || itemLeft < left)
                return new TimeLeft(itemLeft, IsOfItem: true);
        }

        return left is { } due ? new TimeLeft(due, IsOfItem: false) : null;
    }
}
