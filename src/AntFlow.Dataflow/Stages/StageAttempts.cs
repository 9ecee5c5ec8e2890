namespace AntFlow.Dataflow;

/// <summary>Makes the attempts of a stage: begins and ends the calls of its tasks, with their numbers, times, tokens and contexts.</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed partial class StageAttempts
{
    private readonly StageBlock _block;
    private readonly RunState _run;
    private readonly UserCode _code;
    private readonly StageSettings _settings;
    private readonly StageTask[] _tasks;
    private readonly bool _hasTimeouts;
    private readonly StageExit? _exit;
    private readonly Action<Exception> _reportRegistration;

    public StageAttempts(StageBlock block, RunState run, UserCode code)
    {
        _block = block;
        _run = run;
        _code = code;
        _settings = block.Stage.Settings;
        _tasks = [.. block.Stage.Definition.Tasks];
        _hasTimeouts = _settings.AttemptTimeout is not null || _settings.ItemTimeout is not null;
        _exit = block.Stage.Definition.Exit;
        _reportRegistration = error => run.ReportCallback("CancellationToken.Register", default, block.Name, error);
    }

    /// <summary>Calls the item's task, and notifies the observers, unless the time of the attempt is already over.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="item">The item.</param>
    /// <param name="pending">The call, if it has not ended: await it to get its outcome. Null if it has ended, or was not made.</param>
    /// <returns>The outcome of the call, if it has ended.</returns>
    public Outcome Begin(Worker worker, Item item, out PendingCall? pending)
    {
        Step();
        pending = null;
        StageTask task = _tasks[item.Visit.TaskIndex];
        long now = _code.Now(worker);
        bool isToTell = !item.Visit.HasStarted || item.Visit.AwaitsRetry;
        if (!item.Visit.HasStarted)
        {
            item.HasStarted = true;
            item.Visit.HasStarted = true;
            // The wait before the first look is part of the time in the stage.
            if (!item.Visit.IsPolling)
                item.Visit.StartedAt = _block.Stage.Definition.Poll is null ? now : StageLooks.StartOf(item, _block.Stage, _run.Clock, now);
        }

        if (item.Visit.TaskIndex == 0)
            item.Visit.PassBeganAt = now;
        item.Visit.Standing = VisitState.Started;
        worker.Attempt = new Attempt { BeganAt = now, IsOfStartedCall = !isToTell && _block.Stage.Definition.Poll is not null };
        if (item.IsTimed)
            item.Timing.Leave(item.Visit.ReadyAt, now, _block.Intake.BlockedByReader(now), Spending.Run);
        StageContext? context = CreateContext(worker, item, task, out CancellationToken token);
        // A call that is not made does not begin: no user code runs, so no worker is busy, and nothing could be abandoned.
        if (worker.Attempt.IsTooLate)
            return Outcome.TooLate;
        if (_run.TellsWork)
            NotifyStart(worker, item, isToTell, now);
        _code.Begin(worker, task.Name);
        return task.Call(worker, item, context, _run.Caller, _settings.Scheduler, token, out pending);
    }

    /// <summary>Ends the attempt, when the call has ended or was not made: contexts and timers of it are invalid from here on.</summary>
    public Outcome End(Worker worker, Item item, Outcome outcome)
    {
        Step();
        if (worker.Attempt.IsTooLate)
        {
            _run.Saver?.MarkEnded(worker);
            return outcome;
        }

        bool isOurs = _code.TryEnd(worker, worker.Attempt.BeganAt, outcome.IsSuccess ? null : outcome.Error);
        DisposeContext(worker);
        if (_run.Saver is { } saver && (!isOurs || !outcome.IsSuccess || IsLastTask(item)))
            saver.MarkEnded(worker);
        if (!isOurs)
            return Outcome.Gone;
        if (outcome.IsSuccess)
        {
            item.Visit.PassTicks += worker.LastStamp - worker.Attempt.BeganAt;
            if (_exit is not null && IsLastTask(item))
                outcome = _exit.Read(item);
            // All looks at an item that find no answer are reported as one call, which has not ended yet.
            if (_run.TellsWork && (outcome.IsSuccess || outcome.IsFiltered))
                _run.NotifyTask(item, TaskEventKind.Complete, _block.Stage, worker, worker.Attempt.BeganAt, worker.LastStamp);
        }

        return outcome;
    }

    /// <summary>Ends the item's task. Moves on to the next one, if there is one.</summary>
    public bool TryMoveOn(Item item)
    {
        if (IsLastTask(item))
            return false;
        item.Visit.TaskIndex++;
        // Only refusals of the same task count as consecutive.
        item.Visit.Refusals = 0;
        if (_settings.RetryScope == RetryScope.Task)
            item.Visit.Attempt = item.Record?.AttemptsBefore(_block.Stage.Index, item.Visit.TaskIndex) ?? 0;
        return true;
    }

    /// <summary>Returns the error of an attempt that has run out of time.</summary>
    public AttemptTimeoutException TimeoutError(Worker worker, Item item, Exception? inner) => TimeoutError(item, worker.Attempt.IsOfItem, inner);

    /// <summary>Returns the error of an item whose next attempt would begin only after its time is over.</summary>
    public AttemptTimeoutException TimeoutError(Item item, Exception inner) => TimeoutError(item, isOfItem: true, inner);

    private AttemptTimeoutException TimeoutError(Item item, bool isOfItem, Exception? inner)
    {
        TimeSpan timeout = (isOfItem ? _settings.ItemTimeout : _settings.AttemptTimeout).GetValueOrDefault();
        return new AttemptTimeoutException(item.Id, _block.Name, _tasks[item.Visit.TaskIndex].Name, item.Visit.Attempt, timeout, isOfItem, inner);
    }

    private bool IsLastTask(Item item) => item.Visit.TaskIndex + 1 == _tasks.Length;

    private void NotifyStart(Worker worker, Item item, bool isToTell, long now)
    {
        if (isToTell)
            _run.NotifyStatus(item, ItemStatus.InProgress, _block.Stage, worker, now);
        if (!worker.Attempt.IsOfStartedCall)
            _run.NotifyTask(item, TaskEventKind.Start, _block.Stage, worker, now, now);
    }

    /// <summary>Opens the attempt, unless its time is already over (<see cref="Attempt.IsTooLate"/>).</summary>
    /// <returns>The context to call the task with, if it takes one.</returns>
    private StageContext? CreateContext(Worker worker, Item item, StageTask task, out CancellationToken token)
    {
        token = _run.Token;
        TimeLeft? left = _hasTimeouts ? GetTimeLeft(item, worker.Attempt.BeganAt) : null;
        if (left is { } time)
        {
            worker.Attempt.IsOfItem = time.IsOfItem;
            worker.Attempt.IsTooLate = time.Due <= TimeSpan.Zero;
            if (worker.Attempt.IsTooLate)
                return null;
        }

        if (_settings.RetryScope == RetryScope.Task || item.Visit.TaskIndex == 0)
            item.Visit.Attempt++;
        worker.Attempts++;
        if (left is { } limit)
        {
            worker.Attempt.Timer = new AttemptTimer(_block.Workers.Attempts, worker, limit, _run.Clock, _reportRegistration, token);
            token = worker.Attempt.Timer.Token;
        }

        worker.Attempt.HasContext = task.UsesContext;
        return worker.Attempt.HasContext ? new StageContext(_block, worker, item, _run.Onces, token) : null;
    }

    private void DisposeContext(Worker worker)
    {
        if (worker.Attempt.Timer is null && !worker.Attempt.HasContext)
            return;
        try
        {
            worker.Attempt.Timer?.Dispose();
        }
        finally
        {
            // Even if the timer, which is foreign code, throws: that is a fault of the engine, but no reason to count the attempt as overdue forever.
            _block.Workers.Attempts.Invalidate(worker);
        }
    }

    private TimeLeft? GetTimeLeft(Item item, long now)
    {
        TimeSpan? left = _settings.AttemptTimeout;
        // With RetryScope.Stage, the time of a pass starts at its first permit and continues.
        if (left is not null && _settings.RetryScope == RetryScope.Stage)
            left -= _run.Clock.Between(item.Visit.PassBeganAt, now);
        if (_settings.ItemTimeout is { } forItem)
        {
            TimeSpan itemLeft = forItem - _run.Clock.Between(item.Visit.StartedAt, now);
            if (left is null || itemLeft < left)
                return new TimeLeft(itemLeft, IsOfItem: true);
        }

        return left is { } due ? new TimeLeft(due, IsOfItem: false) : null;
    }

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();
}
