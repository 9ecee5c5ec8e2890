namespace AntFlow.Dataflow;

/// <summary>The end of a run, once its last item has ended: its parts are ended, the report is made, and everything that waits for the run gets it.</summary>
/// <remarks>It has no lock. It begins on the thread that has ended the last item, and continues on the thread pool. Errors on the way are in the report.</remarks>
internal sealed class RunEnding<TOut>(RunCore<TOut> core, RunPlan plan, RunErrors errors, RunTimers timers)
{
    private readonly TaskCompletionSource<PipelineReport<TOut>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _shown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _wasStopped;
    private volatile bool _isInputWhole;
    private int _begun;

    public Task<PipelineReport<TOut>> Completion => _completion.Task;

    /// <summary>Whether the last item has ended.</summary>
    public bool HasBegun => Volatile.Read(ref _begun) != 0;

    /// <summary>Whether user code that did not end after the run was canceled has been given up.</summary>
    public bool IsAbandoned => _abandoned.Task.IsCompleted;

    /// <summary>Whether the run was asked to stop gently.</summary>
    public bool WasStopped
    {
        get => _wasStopped;
        set => _wasStopped = value;
    }

    /// <summary>Whether the input that was given with the run has been taken completely.</summary>
    public bool IsInputWhole
    {
        get => _isInputWhole;
        set => _isInputWhole = value;
    }

    /// <summary>Notes that the display has the run: it will be notified of the end.</summary>
    public void OnShown() => _shown.SetResult();

    /// <summary>Gives up whatever does not end: the run no longer waits for it.</summary>
    public void Abandon() => _abandoned.TrySetResult();

    /// <summary>Makes the report, once. Called when the last item has ended, or when the engine broke and its items are given up.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static ending => _ = ending.EndAsync(), this, preferLocal: false);
    }

    private async Task EndAsync()
    {
        try
        {
            PipelineReport<TOut> report = await ReportAsync().ConfigureAwait(false);
            if (plan.IsShown)
                await _shown.Task.ConfigureAwait(false);
            if (core.Display is not null)
            {
                await core.Display.FinishAsync(report).ConfigureAwait(false);
                // What the display threw in its last calls belongs in the report, too.
                report = report with { Errors = errors.Summarize(), Snapshot = report.Snapshot with { Errors = errors.Summarize() } };
            }

            _completion.TrySetResult(report);
        }
        catch (Exception error)
        {
            // Even that failed: what waits for the run must not wait forever, and gets a report without results.
            _completion.TrySetResult(LeastSnapshot.ReportOf<TOut>(plan, core.Clock, core.Accepted, error) with { WasStopped = WasStopped });
        }

        timers.DisposeAll();
    }

    private async Task<PipelineReport<TOut>> ReportAsync()
    {
        try
        {
            foreach (StageBlock block in core.Blocks)
                block.RetireWorkers();
            if (core.Observers is not null)
                await Task.WhenAny(core.Observers.NotifyEndedAsync(), _abandoned.Task).ConfigureAwait(false);
            if (core.Checkpoints is not null)
                await core.Checkpoints.CloseAsync(_abandoned.Task, plan.AbandonAfter).ConfigureAwait(false);
            PipelineReport<TOut> report = MakeReport(core.GetSnapshot());
            errors.LogEnd(report, core.Checkpoints);
            return report;
        }
        catch (Exception error)
        {
            // The engine broke on its last steps. What waits for the run, and the display, which may hold a terminal, are still notified of its end.
            RunLog.Faulted(plan.Logger, core.RunId, error);
            errors.TrySetFault(error, isOfEngine: true);
            PipelineReport<TOut> report = MakeReport(LookAtLeast());
            errors.LogEnd(report, core.Checkpoints);
            return report;
        }
    }

    private PipelineReport<TOut> MakeReport(PipelineSnapshot snapshot) => new()
    {
        ResumedCount = core.Checkpoints?.Resumed ?? 0,
        NotFedCount = core.Checkpoints?.NotFed ?? 0,
        Snapshot = snapshot,
        Errors = errors.Summarize(),
        Elapsed = core.Clock.Between(core.Clock.StartTimestamp, core.Clock.Now),
        Fault = errors.Fault?.Error,
        IsEngineBroken = errors.Fault is { IsOfEngine: true },
        WasStopped = WasStopped,
        WasCanceled = core.Closing == Closing.Canceled,
        NotTakenCount = IsInputWhole ? 0 : plan.InputCount is { } total ? Math.Max(0, total - core.Accepted - snapshot.Duplicates) : null,
        Results = core.Sink.Finish(),
    };

    private PipelineSnapshot LookAtLeast()
    {
        return LeastSnapshot.Of(plan, core.Clock, core.Accepted, core.Sink.Count(), errors.Failures, errors.Summarize()).Without(core.Claims?.Ignored ?? 0);
    }
}
