using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The checkpoints of one run: opens it in the store, saves its progress, and knows what happened before the run was resumed.</summary>
/// <remarks>Has no lock of its own. Fields that the opening sets are only read after <see cref="Opened"/>; all other state is in the parts, each with its own lock.</remarks>
[DebuggerDisplay("Checkpoints of {_runId}: {Opened.Status}")]
internal sealed class RunCheckpoints : IItemSaver, IWriterOwner
{
    private readonly string _runId;
    private readonly CheckpointPlan _plan;
    private readonly RunState _run;
    private readonly ICheckpointLog _log;
    private readonly StageCodec[] _codecs;
    private readonly StageGraph _graph;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StoreHealth _health;
    private readonly StoreRetrier _retrier;
    private readonly StoreBackgroundState _background;
    private readonly CancellationTokenSource _noMoreStarts;
    private readonly SharedSavingBudget _sharedBudget;
    private OpenRun? _open;
    private StartMarks? _starts;
    private LeaseLostException? _lost;
    private int _isGivenUp;

    public RunCheckpoints(string runId, CheckpointPlan plan, StageGraph graph, RunState run, ICheckpointLog log)
    {
        _runId = runId;
        _plan = plan;
        _run = run;
        _log = log;
        _graph = graph;
        var codecs = new StageCodecs(plan.Serializer, run.Caller);
        _codecs = [.. graph.Stages.Select(stage => stage.Accept(codecs))];
        _health = new StoreHealth(plan.Options.GiveUpAfter);
        // Never disposed: it has no timer, and a slow store may still use its token.
        var noMoreStarts = new CancellationTokenSource();
        _noMoreStarts = noMoreStarts;
        _background = new StoreBackgroundState(run.Clock, log);
        _retrier = new StoreRetrier(plan.Options.GiveUpAfter, run.Clock, this);
        _sharedBudget = new SharedSavingBudget(plan.Options.MaxSavingBytes);
        Onces = new OnceKeeper(runId, new OnceJournal(this, plan.Serializer, plan.Options.UncertainAnswerHandling == UncertainAnswerHandling.Fail));
    }

    /// <summary>Completes when the run is open, or with the error of the opening.</summary>
    public Task Opened => _opened.Task;

    public OnceKeeper Onces { get; }

    /// <summary>The stored description of the pipeline and of the answers of <c>OnceAsync</c>. Only after <see cref="Opened"/>.</summary>
    public StoredDescription Description => _open!.Description;

    public SharedSuspectScheduler Suspects { get; } = new();

    public int MaxSaving => _plan.Options.MaxSaving;

    public bool PersistsInput => _plan.Options.PersistInput;

    /// <summary>The state of the store.</summary>
    public CheckpointState State
    {
        get
        {
            (TimeSpan? since, Exception? error) = _health.FailingSince is { } failing ? (failing, _health.LastError) : _retrier.Trouble is { Since: not null } tries ? tries : _background.Now;
            return new CheckpointState(IsOpening: !_opened.Task.IsCompleted, since is null ? null : _run.Clock.At(_run.Clock.StartTimestamp) + since, error);
        }
    }

    /// <summary>How many stored items were resumed because they were fed.</summary>
    public long Resumed => _open?.Router.Resumed ?? 0;

    /// <summary>How many stored items were not fed again.</summary>
    public long NotFed => _open is { } open ? Math.Max(0, open.Store.StoredItems - open.Router.Known) : 0;

    /// <summary>How many outcomes of stages could not be saved.</summary>
    public long Unsaved => _open?.Writer.Unsaved ?? 0;

    /// <summary>Opens the run. <see cref="Opened"/> also receives its exception.</summary>
    public async Task OpenAsync()
    {
        ICheckpointRun? store = null;
        try
        {
            StageTypes.Check(_graph, _codecs, _plan, _log);
            store = await _plan.Store.OpenRunAsync(_runId, _run.Token).ConfigureAwait(false);
            store.ReportTroubleTo(_background.Report);
            var contracts = new Contracts(_codecs, _graph, _plan.Options.PersistInput);
            var open = new OpenRun(store, _plan, _graph, _codecs, contracts, _run.Claims!, _run.Clock, _health, _retrier, _background, this, Warn, WarnOfLostInput, _run.Token);
            await open.PrepareAsync(_runId, PipelineDescription.Of(_graph, contracts)).ConfigureAwait(false);
            _starts = new StartMarks(open, _retrier, this, _noMoreStarts.Token);
            _open = open;
            store.Lost.UnsafeRegister(static self => _ = ((RunCheckpoints)self!).OnLostAsync(), this);
            store.ReportWarningsTo(_log.StoreWarns);
            _log.Opened(_plan.Store.Location, store.StoredItems, open.Interrupted);
            PlannedEnds.OfProcess.Add(store);
            _opened.TrySetResult();
        }
        catch (Exception error)
        {
            if (store is not null)
                await DisposeAsync(store).ConfigureAwait(false);
            _opened.TrySetException(error);
            throw;
        }
    }

    /// <summary>Writes all pending writes, and releases the run, so that the next owner can open it at once.</summary>
    /// <param name="abandoned">Completes when the run no longer waits for unfinished work: the store is then notified, and has <paramref name="grace"/> to finish.</param>
    /// <param name="grace">The time the store has to finish.</param>
    public async Task CloseAsync(Task abandoned, TimeSpan grace)
    {
        Task closed = CloseAsync();
        await Task.WhenAny(closed, abandoned).ConfigureAwait(false);
        try
        {
            await closed.WaitAsync(RunClock.Cut(grace), _run.Clock.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store holds the run until this call ends or the process exits.
        }
    }

    private async Task CloseAsync()
    {
        await _opened.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_open is not { } open)
            return;
        try
        {
            await open.Reader.DisposeAsync().ConfigureAwait(false);
            await open.Writer.CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            PlannedEnds.OfProcess.Remove(open.Store);
            await DisposeAsync(open.Store).ConfigureAwait(false);
        }
    }

    /// <summary>Stops waiting for the store: all pending writes fail.</summary>
    public void Abandon()
    {
        _open?.Writer.Abandon(new OperationCanceledException("The run was canceled, and the store did not end in time."));
        _sharedBudget.Lift();
    }

    /// <summary>Looks up an item that is about to be fed and whose id is claimed, and gives it the value with which it resumes. Only after <see cref="Opened"/>.</summary>
    public ValueTask<FeedRoute> RouteAsync(Item item, int stage, bool isPromised, CancellationToken feeding) => _open!.Router.RouteAsync(item, stage, isPromised, feeding);

    /// <summary>Counts an item that was accepted after it had been looked up.</summary>
    public void CountAccepted(ItemRecord record) => _open!.Router.CountAccepted(record);

    /// <summary>Returns the unfinished stored items, for runs that restore them themselves, each with its route.</summary>
    public IAsyncEnumerable<(Item Item, FeedRoute Route)> BringBackAsync(Func<Item> rent, Action<Item> giveBack) => _open!.Router.BringBackAsync(rent, giveBack, _run.Token);

    /// <summary>Turns an item with the value of a stage into an item that has passed it and whose input is unknown.</summary>
    public void MarkPassed(Item item, int stage)
    {
        _codecs[stage].ClearInput(item);
        item.Visit.Standing = VisitState.Saved;
    }

    /// <summary>Prepares the input of an item that is about to be accepted, for the store. Null if the store has it already.</summary>
    public InputWrite? PrepareInput(Item item, int stage)
    {
        OpenRun open = _open!;
        if (item.Record is not { } record || record is { IsStored: true, LacksInput: false })
            return null;
        SavedStep saved = _codecs[stage].Write(item, isInput: true, worker: null, isSkipped: false, attempts: 0);
        saved.GiveTo(item);
        return InputWrite.Of(open, _sharedBudget, record, stage, saved);
    }

    /// <summary>Returns the value with which an item enters a stage, for an error.</summary>
    public object? BoxInput(Item item, int stage) => _codecs[stage].Box(item, isInput: true);

    public ValueTask MarkStartedAsync(StageBlock block, Worker worker, Item item) => _starts!.StartAsync(block, worker, item);

    public bool IsOwned => _open!.Ownership.IsOwned;

    public void MarkEnded(Worker worker)
    {
        _starts!.End(worker);
        // Only now: the start mark of the next suspect must not make it look as if both ran together.
        Suspects.End(worker);
    }

    public SavedStep? Prepare(StageBlock block, Worker worker, Item item, bool isSkipped, out Exception? error)
    {
        error = null;
        int attempt = item.Visit.Attempt;
        try
        {
            return _codecs[block.Stage.Index].Write(item, isInput: false, worker, isSkipped, attempt);
        }
        catch (Exception thrown)
        {
            error = thrown;
            return null;
        }
    }

    public Exception Unsavable(StageBlock block, Item item, Exception error) =>
        new CheckpointException($"The result of stage '{block.Name}' for item '{item.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error, _codecs[block.Stage.Index].Box(item, isInput: false));

    public bool TryTakeRoom(StageBlock block, Item item, Waiter waiter)
    {
        // The input is no longer needed, and it may be as large as the value.
        if (_run.DropsResults && !block.Stage.Definition.HasOnSuccess)
            _codecs[block.Stage.Index].ClearInput(item);
        return _sharedBudget.TryTake(waiter, SharedSavingBudget.RoomOf(item.Record!.Saving!.Value.Length));
    }

    public void Save(StageBlock block, Item item, out int mostWaiting)
    {
        OpenRun open = _open!;
        ItemRecord record = item.Record!;
        int next = _graph.Shape.NextOf(block.Stage.Index, item.Visit.Link);
        record.ValueStage = block.Stage.Index;
        (record.Crashes, record.CrashEpoch, record.MaxConcurrentSuspects, record.LoneCrashes) = (0, 0, 0, 0);
        SavedStep saved = record.Saving!;
        long room = SharedSavingBudget.RoomOf(saved.Value.Length);
        mostWaiting = _sharedBudget.MostWaiting(room);
        Queue<StoredChunk> chunks = CheckpointRows.Cut(record, block.Stage.Index, ref saved);
        record.Saving = saved;
        open.Writer.Enqueue(new StepWrite(block, item, _codecs[block.Stage.Index])
        {
            Record = record,
            Item = next == _graph.Shape.End ? open.Rows.Succeeded(record, next) : open.Rows.Unfinished(record, next),
            Step = open.Rows.Step(record, block.Stage.Index, saved, isNotified: !block.Stage.Definition.HasOnSuccess),
            Chunks = chunks,
            Room = _sharedBudget,
            TakenBytes = room,
        });
    }

    public void SaveFailure(StageBlock block, Worker worker, Item item, Exception error, string? function) =>
        _open!.Writer.Enqueue(new FailureWrite(block, worker, item, error, function) { Record = item.Record, Item = _open!.Rows.Failed(item, block.Stage.Index, error) });

    public void SaveFiltered(StageBlock block, Worker worker, Item item, Exception error) =>
        _open!.Writer.Enqueue(new FilteredWrite(block, worker, item, error) { Record = item.Record, Item = _open!.Rows.Filtered(item, block.Stage.Index) });

    public void SaveRetry(StageBlock block, Item item, Exception error, TimeSpan delay) =>
        _open!.Writer.Enqueue(new NoteWrite { Record = item.Record, Item = _open!.Rows.Waiting(item, block.Stage.Index, error, delay) });

    public void SaveNotified(StageBlock block, Item item)
    {
        ItemRecord record = item.Record!;
        _open!.Writer.Enqueue(new NoteWrite { Step = _open.Rows.Step(record, block.Stage.Index, record.Saving!, isNotified: true) });
    }

    /// <summary>Stores a state of a <c>OnceAsync</c> call. Completes when it is durable.</summary>
    /// <param name="id">The call.</param>
    /// <param name="entry">The entry of the call.</param>
    /// <param name="state">The state to store.</param>
    /// <param name="shape">The shape of the answer; null without an answer.</param>
    public async Task WriteOnceAsync(OnceId id, OnceEntry entry, StoredOnceState state, string? shape)
    {
        OpenRun open = _open!;
        uint contract = shape is null ? 0 : Checksum.Of(shape);
        await Write(new AwaitedWrite
        {
            Description = shape is not null && open.Description.AddAnswer(contract, shape) ? open.Description.ToText : null,
            Record = id.Item,
            Spare = open.Rows.Unfinished(id.Item, id.StageIndex),
            Once = open.Rows.Once(id.Item, id.Stage, id.Key, entry, state, contract),
        }).ConfigureAwait(false);
        if (shape is not null)
            open.Description.OnAnswerStored(contract);
    }

    /// <summary>Waits until this process is certain to hold the run.</summary>
    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _lost) is { } lost ? ValueTask.FromException(lost) : _open!.Ownership.WaitUntilOwnedAsync(cancellationToken);

    public void EndWaiting() => _ = _noMoreStarts.CancelAsync();

    /// <summary>Reports a corrupt row in the store.</summary>
    public void Warn(string storedId, string what) => _log.NotWhole(storedId, what);

    public void WarnOfLostInput(string storedId) => _log.LostInput(storedId);

    /// <summary>Reports a type of which some values may not come back unchanged.</summary>
    public void Doubt(TypeDoubt doubt) => _log.Doubtful(doubt.Type, doubt.What);

    public void OnStoreFailed(Exception error, TimeSpan retryIn) => _log.StoreFailed(error, retryIn);

    public void OnStoreWorks() => _log.StoreWorks();

    public void OnStoreGivenUp(Exception error)
    {
        CheckpointException fault = error as CheckpointException ?? new CheckpointException($"The store was given up: {ErrorText.Of(error)}", error) { IsOfStore = true };
        // Each call that needs the store fails with this error; it is logged once.
        if (Interlocked.Exchange(ref _isGivenUp, 1) == 0)
            _log.StoreGivenUp(fault);
        _sharedBudget.Lift();
        _run.GiveStoreUp(fault);
    }

    public void OnLeaseLost(LeaseLostException error)
    {
        if (Interlocked.CompareExchange(ref _lost, error, null) is not null)
            return;
        _run.GiveUp(error);
        _open?.Writer.Abandon(error);
        _sharedBudget.Lift();
    }

    public void OnWriterFault(Exception error) => _run.ReportFault(error);

    private Task Write(AwaitedWrite write)
    {
        _open!.Writer.Enqueue(write);
        return write.Written;
    }

    /// <summary>Handles the signal that the run is lost. The store gives the reason to the next call.</summary>
    private async Task OnLostAsync()
    {
        try
        {
            ValueTask why = _open!.Store.WaitUntilOwnedAsync(_run.Token);
            if (why.IsCompleted)
                await why.ConfigureAwait(false);
            OnLeaseLost(new LeaseLostException(_runId, "the store reports that another process has it or that it was deleted", _background.LastError));
        }
        catch (LeaseLostException error)
        {
            OnLeaseLost(error);
        }
        catch (Exception error)
        {
            OnLeaseLost(new LeaseLostException(_runId, "the store reports that another process has it or that it was deleted", error));
        }
    }

    private async Task DisposeAsync(ICheckpointRun store)
    {
        try
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _run.ReportCallback("ICheckpointRun.DisposeAsync", default, string.Empty, error);
        }
    }
}
