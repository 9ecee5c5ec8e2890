using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>One execution of a pipeline: its stages, its results, and its progress to the end.</summary>
/// <remarks>It has no lock of its own: its progress is one number that only rises (<see cref="RunState.Closing"/>), set before the stages are notified one by
/// one; and the end is decided under the lock of the results, by the end of the last item or the seal of the run.</remarks>
[DebuggerDisplay("Run {RunId}: {Closing}, {Accepted} accepted")]
internal sealed partial class RunCore<TOut> : RunState
{
    private readonly RunPlan _plan;
    private readonly RunErrors _errors;
    private readonly RunEnding<TOut> _ending;
    private readonly RunTimers _timers;
    private readonly SlowStopWarning _slowStop;
    private volatile bool _isBroken;
    private OnceKeeper? _onces;
    private int _hasGracePeriod;
    private long _canceledAt;

    private RunCore(RunPlan plan, RunClock clock, RunErrors errors, ObserverGroup? observers, RunTokens tokens)
        : base(clock, observers, plan.Seed is { } seed ? new Random(seed) : new Random(), dropsResults: plan.Results == ResultMode.Drop, ItemClaims.Of(plan.DuplicateHandling))
    {
        _plan = plan;
        _errors = errors;
        Tokens = tokens;
        Caller = plan.Caller;
        if (plan.Checkpoints is { } checkpoints)
            Saver = Checkpoints = new RunCheckpoints(plan.RunId, checkpoints, plan.Graph, this, new CheckpointLog(plan.Logger, plan.RunId));
        Blocks = new StageBlock[plan.Graph.Stages.Count];
        StageLink[][] links = [.. plan.Graph.Nodes.Select(stage => new StageLink[stage.Ends.Count])];
        foreach (PipelineStage stage in plan.Graph.Nodes)
        {
            var block = Blocks[stage.Index] = new StageBlock(stage, this);
            // In memory, a link is next to the stage whose lock guards it.
            Connect(links, stage.Index, block.Intake);
        }

        Sink = new ResultSink<TOut>(this, Envelopes, plan.Results, plan.ResultBound, plan.InOrder, () => _ending!.Start());
        Connect(links, Shape.End, Sink);
        foreach (StageBlock block in Blocks)
            block.Output = new StageOutput(links[block.Stage.Index], block.Requeuing);
        Ledger = new ActiveFeeds(Sink.Seal);
        clock.OnFault = ReportFault;
        _timers = new RunTimers(clock, ReportFault);
        _ending = new RunEnding<TOut>(this, plan, errors, _timers);
        _slowStop = new SlowStopWarning(_timers, () => GetSnapshot(), what => RunLog.EndsLate(_plan.Logger, RunId, what));
        OwnFeeds = new OwnFeeds(clock, () => GetSnapshot(), what => RunLog.OwnFeedWaits(_plan.Logger, RunId, what));
        if (!plan.InOrder)
            return;
        Window = new OrderWindow(plan.ResultBound, isBounded: plan.Results == ResultMode.Read);
        Sink.OnRead = Window.OnRead;
    }

    public string RunId => _plan.RunId;

    public StageBlock[] Blocks { get; }

    /// <summary>The stage that receives the input of the pipeline.</summary>
    public StageBlock First => Blocks[Shape.First];

    public ResultSink<TOut> Sink { get; }

    public ItemPool Envelopes { get; } = new();

    public ActiveFeeds Ledger { get; }

    public OrderWindow? Window { get; }

    public OwnFeeds OwnFeeds { get; }

    /// <summary>The checkpoints; null if there are none.</summary>
    public RunCheckpoints? Checkpoints { get; }

    public override IOnceKeeper Onces => Checkpoints?.Onces ?? LazyInitializer.EnsureInitialized(ref _onces, () => new OnceKeeper(RunId, journal: null));

    /// <summary>The object through which users control the run; referenced for as long as this object exists.</summary>
    public IPipelineRun? Handle { get; set; }

    /// <summary>The loop that drives the display; null if there is none.</summary>
    public DisplayLoop? Display { get; private set; }

    /// <summary>Called once or more when the run takes no more items: for a block, which accepts items itself.</summary>
    public Action? OnClosing { get; set; }

    private GraphShape Shape => _plan.Graph.Shape;

    private RunPhase Phase => _ending.HasBegun ? RunPhase.Ended : Closing switch
    {
        Closing.No => RunPhase.Running,
        Closing.Canceled => RunPhase.Canceling,
        _ => RunPhase.Stopping,
    };

    public RunTokens Tokens { get; }

    public override CancellationToken Token => Tokens.Canceled;

    /// <summary>Canceled once the run takes no more items, for whatever reason.</summary>
    public CancellationToken Closed => Tokens.Closed;

    public Task<PipelineReport<TOut>> Completion => _ending.Completion;

    public static RunCore<TOut> Start(RunPlan plan)
    {
        var clock = new RunClock(plan.Time);
        var log = new ErrorLog();
        plan = plan with
        {
            Logger = new GuardedLogger(plan.Logger, plan.Caller with { Mark = null }, error => log.Add(RunErrors.NewCallbackError(nameof(ILogger), default, string.Empty, error, clock))),
        };
        var errors = new RunErrors(plan, clock, log);
        var tokens = new RunTokens(error => errors.AddCallback("CancellationToken.Register", default, string.Empty, error));
        ObserverGroup? observers = plan.MakeObservers(clock, tokens.Canceled, errors.AddCallback);
        var core = new RunCore<TOut>(plan, clock, errors, observers, tokens);
        observers?.NotifyStarted();
        RunLog.Started(plan.Logger, plan.RunId, plan.Graph.Shape.Count);
        plan.LogDoubts(observers);
        if (core.Checkpoints is not null && core.Ledger.TryBegin())
            _ = core.OpenAsync();
        return core;
    }

    /// <summary>Begins to show the run. Called before anything is fed, at most once.</summary>
    public void Show(IPipelineDisplay display, IPipelineRun run, TimeSpan updateInterval)
    {
        var times = new DisplayTimes(updateInterval, _plan.AbandonAfter);
        // Set before its first call, which may end the run at once.
        Display = new DisplayLoop(display, run, Clock, times, (callback, error) => ReportCallback(callback, default, string.Empty, error));
        Display.Start(_plan.Total);
        _ending.OnShown();
    }

    /// <summary>Ends the intake of items; the items that were accepted continue to the end.</summary>
    public void Complete()
    {
        Ledger.Close();
        Tokens.Close();
        OnClosing?.Invoke();
    }

    /// <summary>Notes that the input that was given with the run has been taken completely.</summary>
    public void OnInputTaken() => _ending.IsInputWhole = true;

    /// <summary>Stops gently, as requested.</summary>
    /// <param name="mode">How far items go.</param>
    /// <param name="gracePeriod">The time after which what still runs is canceled; null for the one in the run's options, if any.</param>
    public void Stop(StopMode mode, TimeSpan? gracePeriod = null)
    {
        if (Completion.IsCompleted)
            return;
        _ending.WasStopped = true;
        Wind(mode);
        _slowStop.Watch();
        // Each failure beyond the limit calls this again. Only the first call starts the default grace period; a call with a grace period of its own always starts it.
        bool isFirst = Interlocked.Exchange(ref _hasGracePeriod, 1) == 0;
        if ((gracePeriod ?? (isFirst ? _plan.GracePeriod : null)) is { } grace)
            _timers.Start(grace, Timeout.InfiniteTimeSpan, Cancel);
    }

    private void Wind(StopMode mode)
    {
        if (Completion.IsCompleted || !RaiseClosing(mode == StopMode.AfterItem ? Closing.AfterItem : Closing.AfterStage))
            return;
        RunLog.Stopping(_plan.Logger, RunId, mode.ToString());
        ApplyClosing();
    }

    /// <summary>Cancels: nothing starts any more, and the token of what runs is canceled.</summary>
    public void Cancel()
    {
        // Disposing a run that has ended logs nothing, and does not call what users have registered on the token.
        if (Completion.IsCompleted || !RaiseClosing(Closing.Canceled))
            return;
        Volatile.Write(ref _canceledAt, Clock.Now);
        RunLog.Canceled(_plan.Logger, RunId);
        Tokens.Cancel();
        Sink.Lift();
        ApplyClosing();
        TimeSpan again = _plan.AbandonAfter > TimeSpan.FromSeconds(1) ? _plan.AbandonAfter : TimeSpan.FromSeconds(1);
        _timers.Start(_plan.AbandonAfter, again, Abandon);
    }

    /// <summary>Cancels because the run was disposed of, or left by the reader of its stream. Unless an end was requested before, logs the items that this leaves unfinished.</summary>
    public void Leave(RunLeaver leaver)
    {
        if (Closing == Closing.No && !Tokens.IsEndRequested)
            _errors.Leaver = leaver;
        Cancel();
    }

    /// <summary>Called when the run has ended: waits for user code that still belongs to it, but no longer than it waits for a task.</summary>
    public async Task WaitNoLongerThanForBodiesAsync(Task task)
    {
        TimeSpan left = _plan.AbandonAfter;
        // Zero: it was canceled a moment ago.
        if (Closing == Closing.Canceled && Volatile.Read(ref _canceledAt) is not 0 and var canceledAt)
            left -= Clock.Between(canceledAt, Clock.Now);
        if (left <= TimeSpan.Zero)
            return;
        try
        {
            await task.WaitAsync(RunClock.Cut(left), _plan.Time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It took too long, or the clock failed.
        }
    }

    public void SetPaused(bool paused)
    {
        foreach (StageBlock block in Blocks)
            block.SetPaused(paused, ofRun: true);
    }

    public void SetWorkers(StageBlock block, int workers)
    {
        if (block.MaxInFlight is { } most && most < workers && !Completion.IsCompleted)
            RunLog.WorkersAboveMaxInFlight(_plan.Logger, RunId, block.Name, workers, most);
        block.Workers.SetWorkers(workers);
    }

    public PipelineSnapshot GetSnapshot(IEnumerable<IItemTarget>? locks = null) =>
        SnapshotBuilder.Build(this, Look(), Blocks, locks ?? Blocks.Select(block => (IItemTarget)block.Intake).Append(Sink), Sink.Count, _errors.Summarize);

    public override bool Conclude(Item item, in Conclusion conclusion, Waiter? waiter = null)
    {
        if (_errors.Add(item, conclusion))
            Stop(StopMode.AfterStage);
        object? key = item.KeyState;
        // Now: a request refers to the item, which has another owner as soon as it has its result.
        if (key is KeyRequest)
            Blocks[conclusion.Stage.Index].Requeuing.ReleaseKey(key);
        bool mustWait = Sink.Conclude(item, conclusion, waiter);
        // Only now: the result of the next item of the key must not come before this one.
        if (key is KeyLine)
            Blocks[conclusion.Stage.Index].Requeuing.ReleaseKey(key);
        return mustWait;
    }

    public override Waiter? WaitForReader(Waiter waiter) => Sink.WaitForRoom(waiter);

    public override void GiveStoreUp(Exception error)
    {
        if (Completion.IsCompleted)
            return;
        _errors.TrySetFault(error, isOfEngine: false);
        Wind(StopMode.AfterStage);
    }

    public override void NotifyRestored(Item item, int stage)
    {
        PipelineStage exit = Blocks[stage].Stage;
        BeginObserving(item, item.AcceptedAt, blockedByReader: 0);
        NotifyAccepted(item, ItemStatus.Completed, exit, item.AcceptedAt);
        NotifyStatus(item, ItemStatus.Completed, exit, worker: null, Clock.Now);
    }

    public override void ReportCallback(string callback, ItemId itemId, string stage, Exception error) => _errors.AddCallback(callback, itemId, stage, error);

    public override void ReportLate(ItemId itemId, string stage, Exception? error) =>
        RunLog.EndedLate(_plan.Logger, stage, itemId.ToString(), error is null ? "succeeded" : "failed", error);

    public void ReportTakenLate(string stage) => RunLog.TakenLate(_plan.Logger, RunId, stage);

    public override void ReportFault(Exception error)
    {
        _isBroken = true;
        GiveUp(error, isOfEngine: true);
    }

    public override void GiveUp(Exception error) => GiveUp(error, isOfEngine: false);

    private void GiveUp(Exception error, bool isOfEngine)
    {
        if (Completion.IsCompleted)
            return;
        if (_errors.TrySetFault(error, isOfEngine))
            RunLog.GivenUp(_plan.Logger, isOfEngine, RunId, error);
        // In any case: the fault that is known may only have stopped the run gently.
        Cancel();
    }

    private async Task OpenAsync()
    {
        // Keep the run open until the items that the run brings back itself are in.
        try
        {
            await Checkpoints!.OpenAsync().ConfigureAwait(false);
            if (_plan.BringsBack)
                await Returning.BringBackAsync(this).ConfigureAwait(false);
            First.Intake.OnRoom?.Invoke();
        }
        catch (Exception error) when (error is PipelineClosedException || (error is OperationCanceledException && Closing == Closing.Canceled))
        {
            // The run was stopped or canceled meanwhile: the other items stay in the store.
        }
        catch (Exception error)
        {
            GiveUp(error);
        }
        finally
        {
            Ledger.End();
        }
    }

    private void Connect(StageLink[][] links, int place, IItemTarget target)
    {
        foreach (int before in Shape.PredecessorsOf(place))
        {
            IReadOnlyList<int> targets = Shape.TargetsOf(before);
            for (int link = 0; link < targets.Count; link++)
            {
                if (targets[link] == place)
                    links[before][link] = target.Connect(Blocks[before].Name);
            }
        }
    }

    /// <summary>Called before the items are counted: so a run that has ended, or takes no more items, is never shown with counts from before that.</summary>
    private RunFacts Look() => new(RunId, Phase, _plan.Total)
    {
        IsInputOpen = !Ledger.IsSealed,
        IsFeeding = Ledger.IsFeeding,
        IsFeederBlocked = Window is { IsFull: true },
        OwnFeed = OwnFeeds.Longest is { } feed ? new WaitingFeed(feed.Stage, Clock.Between(feed.Since, Clock.Now)) : null,
        IsObserverBehind = Observers is { AreFull: true },
        Checkpoints = Checkpoints?.State,
    };

    /// <summary>Notifies all parts of the closing. Once all stages know, nothing can be accepted any more, not even from feed calls that still run.</summary>
    private void ApplyClosing()
    {
        Ledger.Close();
        Tokens.Close();
        OrderWindow? window = Window;
        Broken("window-stays-shut-at-the-end", ref window, null);
        window?.Lift();
        foreach (StageBlock block in Blocks)
            block.Close();
        Ledger.RefuseAll();
        OnClosing?.Invoke();
    }

    private void Abandon()
    {
        // A broken engine may have lost count: every item it knows has its result, and the run ends. Not on the first call: items may be about to end.
        if (_isBroken && _ending.IsAbandoned)
            _ending.Start();
        Checkpoints?.Abandon();
        foreach (StageBlock block in Blocks)
            block.Abandon();
        _ending.Abandon();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
