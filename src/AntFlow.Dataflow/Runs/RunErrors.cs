namespace AntFlow.Dataflow;

/// <summary>The errors of a run: kept for the report within limits, and logged.</summary>
/// <remarks>Has no lock of its own: the first fault is set by one exchange, the counts only rise, and <see cref="ErrorLog"/> has a lock.</remarks>
internal sealed class RunErrors(RunPlan plan, RunClock clock, ErrorLog log)
{
    private RunFault? _fault;
    private long _failures;
    private long _unsaved;
    private long _takenOut;
    private volatile RunLeaver _leaver;

    /// <summary>Why the run could not continue; null while it can.</summary>
    public RunFault? Fault => Volatile.Read(ref _fault);

    /// <summary>How many items have failed in this run.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>What has left the run, unless the run was to end anyway. Set before the run is canceled for that reason.</summary>
    public RunLeaver Leaver
    {
        set => _leaver = value;
    }

    public ErrorSummary Summarize() => log.Summarize();

    /// <summary>Notes that the run cannot continue. Returns false if that was known already.</summary>
    public bool TrySetFault(Exception error, bool isOfEngine)
    {
        var fault = new RunFault(error, isOfEngine);
        if (Interlocked.CompareExchange(ref _fault, fault, null) is not null)
            return false;
        log.Set(fault);
        return true;
    }

    /// <summary>Notes that user code other than a task threw.</summary>
    public void AddCallback(string callback, ItemId itemId, string stage, Exception error)
    {
        log.Add(NewCallbackError(callback, itemId, stage, error, clock));
        if (string.Equals(callback, OutcomeHandler.Policy, StringComparison.Ordinal))
            RunLog.PolicyFailed(plan.Logger, callback, stage, itemId.ToString(), error);
        else
            RunLog.CallbackFailed(plan.Logger, callback, stage, itemId.ToString(), error);
    }

    /// <summary>Notes that an item has ended before it has passed all stages.</summary>
    /// <returns>Whether the run is to be stopped because of it.</returns>
    public bool Add(Item item, in Conclusion conclusion)
    {
        if (conclusion.Status == ResultStatus.Failed)
            return AddFailed(item, conclusion);
        // It was taken out by an operator, not canceled by the end of the run.
        if (conclusion.Error is ItemExcludedException)
            Interlocked.Increment(ref _takenOut);
        return false;
    }

    /// <summary>Logs the end of the run.</summary>
    public void LogEnd(PipelineReport report, RunCheckpoints? checkpoints)
    {
        if (Fault is { } fault)
        {
            if (Interlocked.Read(ref _unsaved) is > 1 and var unsaved)
                RunLog.FailedWithTheStore(plan.Logger, plan.RunId, unsaved);
            string notTaken = report.NotTakenCount is { } count ? $"{count} {(count == 1 ? "item of its input was" : "items of its input were")}" : "it is not known how many items of its input were";
            RunLog.EndedEarly(plan.Logger, plan.RunId, notTaken, checkpoints?.Unsaved ?? 0, fault.Error);
        }

        if (checkpoints is not null)
            RunLog.Resumed(plan.Logger, plan.RunId, report.ResumedCount, report.NotFedCount);
        if (report.DuplicateCount > 0)
            RunLog.Duplicates(plan.Logger, plan.RunId, report.DuplicateCount);
        LogUnfinished(report.CanceledCount - Interlocked.Read(ref _takenOut));
        RunLog.Ended(plan.Logger, plan.RunId, report.SucceededCount, report.FailedCount, report.CanceledCount, report.FilteredCount, report.Elapsed);
    }

    private bool AddFailed(Item item, in Conclusion conclusion)
    {
        log.Add(new FailedItem
        {
            ItemId = item.Id,
            Error = conclusion.Error,
            Stage = conclusion.Stage.Name,
            Function = conclusion.Function,
            Attempts = item.Visit.Attempt,
            Timestamp = clock.At(clock.Now),
        });
        // Of thousands of items that fail because of the same store, one is logged with its stack trace, and the rest are counted.
        if (IsOfStore(conclusion.Error) && Interlocked.Increment(ref _unsaved) > 1)
            RunLog.ItemFailedToo(plan.Logger, conclusion.Stage.Name, item.Id.ToString(), item.Visit.Attempt, conclusion.Error);
        else if (conclusion.Function is { } function)
            RunLog.ItemFailedIn(plan.Logger, conclusion.Stage.Name, item.Id.ToString(), function, conclusion.Error);
        else
            RunLog.ItemFailed(plan.Logger, conclusion.Stage.Name, item.Id.ToString(), item.Visit.Attempt, conclusion.Error);
        // An item that failed in an earlier run does not indicate a wrong key today.
        return conclusion.Error is not StoredFailureException { IsOfCheckpoint: true } && Interlocked.Increment(ref _failures) >= plan.StopAfterFailures;
    }

    private void LogUnfinished(long items)
    {
        if (items <= 0 || _leaver == RunLeaver.None)
            return;
        if (_leaver == RunLeaver.Owner)
            RunLog.DisposedUnfinished(plan.Logger, plan.RunId, items);
        else
            RunLog.LeftUnfinished(plan.Logger, plan.RunId, items);
    }

    public static CallbackError NewCallbackError(string callback, ItemId itemId, string stage, Exception error, RunClock clock) =>
        new() { Callback = callback, ItemId = itemId, Stage = stage, Error = error, Timestamp = clock.At(clock.Now) };

    // Once the store was given up, all its failures have that one reason.
    private bool IsOfStore(Exception error) => error is CheckpointException { IsOfStore: true } || (error is CheckpointException && Fault?.Error is CheckpointException);
}
