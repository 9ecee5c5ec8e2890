using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The checkpoints of one run: opens it in the store, saves what happens, and knows what has happened in earlier lives.</summary>
/// <remarks>Has no lock of its own. What is set by the opening is only read after <see cref="Opened"/>; the rest is in the parts, each with a lock of its own.</remarks>
[DebuggerDisplay("Checkpoints of {_runId}: {Opened.Status}")]
internal sealed class RunCheckpoints : IItemSaver, IWriterOwner
{
    private readonly string _runId;
    private readonly CheckpointPlan _plan;
    private readonly RunState _run;
    private readonly ICheckpointLog _log;
    private readonly StageCodec[] _codecs;
    private readonly Stage[] _stages;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StoreHealth _health;
    private readonly Patience _patience;
    private readonly StoreTrouble _trouble;
    private readonly CancellationTokenSource _noMoreStarts;
    private readonly LastChances _lastChances;
    private OpenRun? _open;
    private int _slots;
    private LeaseLostException? _lost;
    private int _isGivenUp;

    public RunCheckpoints(string runId, CheckpointPlan plan, IReadOnlyList<Stage> stages, RunState run, ICheckpointLog log)
    {
        _runId = runId;
        _plan = plan;
        _run = run;
        _log = log;
        _stages = [.. stages];
        var codecs = new StageCodecs(plan.Serializer);
        _codecs = [.. stages.Select(stage => stage.Accept(codecs))];
        _health = new StoreHealth(plan.Options.GiveUpAfter);
        // Never disposed of: it has no timer, and a store that is slow may still ask for its token.
        var noMoreStarts = new CancellationTokenSource();
        _noMoreStarts = noMoreStarts;
        _trouble = new StoreTrouble(run.Clock, log);
        _patience = new Patience(plan.Options.GiveUpAfter, run.Clock, this);
        _lastChances = new LastChances(plan.Options.MaxCrashes);
        Onces = new OnceKeeper(runId, new OnceJournal(this, plan.Serializer, plan.Options.OnUncertain == OnUncertain.Fail));
    }

    /// <summary>Ends when the run is open, or with why it could not be opened.</summary>
    public Task Opened => _opened.Task;

    public OnceKeeper Onces { get; }

    public int MaxSaving => _plan.Options.MaxSaving;

    public bool PersistsInput => _plan.Options.PersistInput;

    /// <summary>How the store is.</summary>
    public CheckpointState State
    {
        get
        {
            (TimeSpan? since, Exception? error) = _health.FailingSince is { } failing ? (failing, _health.LastError) : _patience.Trouble is { Since: not null } tries ? tries : _trouble.Now;
            return new CheckpointState(IsOpening: !_opened.Task.IsCompleted, since is null ? null : _run.Clock.At(_run.Clock.StartTimestamp) + since, error);
        }
    }

    /// <summary>How many items of earlier lives were brought back by being fed.</summary>
    public long Resumed => _open?.Router.Resumed ?? 0;

    /// <summary>How many items of earlier lives were not fed again.</summary>
    public long NotFed => _open is { } open ? Math.Max(0, open.Store.StoredItems - open.Router.Known) : 0;

    /// <summary>Opens the run. What it throws is in <see cref="Opened"/>, too.</summary>
    public async Task OpenAsync()
    {
        ICheckpointRun? store = null;
        try
        {
            store = await _plan.Store.OpenRunAsync(_runId, _run.Token).ConfigureAwait(false);
            store.ReportTroubleTo(_trouble.Report);
            var contracts = new Contracts(_codecs);
            var open = new OpenRun(store, _plan, _codecs, contracts, _run.Clock, _health, _patience, _trouble, this, Warn, _run.Token);
            await open.PrepareAsync(_runId, PipelineDescription.Of(_stages, contracts)).ConfigureAwait(false);
            _open = open;
            store.Lost.UnsafeRegister(static self => _ = ((RunCheckpoints)self!).OnLostAsync(), this);
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

    /// <summary>Writes what is still to be written, and gives the run up, so that whoever comes next may have it at once.</summary>
    /// <param name="abandoned">Ends when the run waits no longer for what does not end: the store is told, and gets <paramref name="grace"/> to end.</param>
    /// <param name="grace">How long.</param>
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
            // It has the run until it ends, or the process does.
        }
    }

    private async Task CloseAsync()
    {
        await _opened.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_open is not { } open)
            return;
        await open.Reader.DisposeAsync().ConfigureAwait(false);
        await open.Writer.CloseAsync().ConfigureAwait(false);
        await DisposeAsync(open.Store).ConfigureAwait(false);
    }

    /// <summary>The run does not wait for the store any longer: what is on its way to it has failed.</summary>
    public void Abandon() => _open?.Writer.Abandon(new OperationCanceledException("The run was canceled, and the store did not end in time."));

    /// <summary>Looks an item up that is about to be fed, and gives it what it goes on with. Only after <see cref="Opened"/>.</summary>
    public ValueTask<FeedRoute> RouteAsync(Item item, int stage, CancellationToken feeding) => _open!.Router.RouteAsync(item, stage, feeding);

    /// <summary>The item was accepted, or it was not.</summary>
    public void EndFeeding(ItemId id, ItemRecord record, long? sequence) => _open!.Router.EndFeeding(id, record, sequence);

    /// <summary>The unfinished items of earlier lives, for runs that bring them back by themselves: each with where it goes.</summary>
    public IAsyncEnumerable<(Item Item, FeedRoute Route)> BringBackAsync(Func<Item> rent, Action<Item> giveBack) => _open!.Router.BringBackAsync(rent, giveBack, _run.Token);

    /// <summary>Makes an item with the value of a stage one that has passed it, and about whose input nothing is known.</summary>
    public void MarkPassed(Item item, int stage)
    {
        _codecs[stage].ClearInput(item);
        item.IsSaved = true;
    }

    /// <summary>Has the input of an item stored that is about to be accepted. Null if it is already.</summary>
    public Task? WriteInput(Item item, int stage)
    {
        OpenRun open = _open!;
        if (item.Record is not { } record || record is { IsStored: true, LacksInput: false })
            return null;
        var saved = new SavedStep(Worker: null, IsSkipped: false, _codecs[stage].Write(item, isInput: true), Attempts: 0);
        IReadOnlyList<StoredChunk> chunks = CheckpointRows.Cut(record, stage - 1, ref saved);
        // Whatever else the row knows by now, such as failed attempts, stays in it.
        StoredItem? row = record.IsStored ? null : open.Rows.Unfinished(record, stage);
        record.LacksInput = false;
        if (chunks.Count == 0 || row is null)
            return Write(new AwaitedWrite { Record = row is null ? null : record, Item = row, Step = open.Rows.Step(record, stage - 1, saved, isTold: true), Chunks = chunks });
        // The item goes on meanwhile, and its later rows, which are small, must not be written before this one.
        Task known = Write(new AwaitedWrite { Record = record, Item = row });
        return Task.WhenAll(known, Write(new AwaitedWrite { Step = open.Rows.Step(record, stage - 1, saved, isTold: true), Chunks = chunks }));
    }

    public ValueTask MarkStartedAsync(StageBlock block, Worker worker, Item item) =>
        _lastChances.Has(item.Record!) ? MarkAloneAsync(block, worker, item) : MarkNowAsync(block, worker, item);

    public void MarkEnded(Worker worker)
    {
        if (worker.IsMarked)
        {
            worker.IsMarked = false;
            _open!.Store.MarkEnded(worker.MarkSlot);
        }

        if (worker.HasLastChance)
        {
            // Only now: the next one must not be noted as running next to this one.
            worker.HasLastChance = false;
            _lastChances.Leave();
        }
    }

    public SavedStep? Prepare(StageBlock block, Worker worker, Item item, bool isSkipped, out Exception? error)
    {
        error = null;
        int attempt = item.Attempt;
        UserCall user = UserCall.Begin();
        try
        {
            return new SavedStep(worker, isSkipped, _codecs[block.Place.Index].Write(item, isInput: false), attempt);
        }
        catch (Exception thrown)
        {
            error = thrown;
            return null;
        }
        finally
        {
            user.End();
        }
    }

    public Exception Unsavable(StageBlock block, Item item, Exception error) =>
        new CheckpointException($"What stage '{block.Name}' made of item '{item.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error, _codecs[block.Place.Index].BoxOutput(item));

    public void Save(StageBlock block, Item item)
    {
        OpenRun open = _open!;
        ItemRecord record = item.Record!;
        int next = block.Place.Index + 1;
        (record.Crashes, record.CrashEpoch) = (0, 0);
        SavedStep saved = record.Saving!;
        IReadOnlyList<StoredChunk> chunks = CheckpointRows.Cut(record, block.Place.Index, ref saved);
        record.Saving = saved;
        open.Writer.Enqueue(new StepWrite(block, item, _codecs[block.Place.Index])
        {
            Record = record,
            Item = next == _stages.Length ? open.Rows.Succeeded(record, next) : open.Rows.Unfinished(record, next),
            Step = open.Rows.Step(record, block.Place.Index, saved, isTold: !_stages[block.Place.Index].HasOnSuccess),
            Chunks = chunks,
        });
    }

    public void SaveFailure(StageBlock block, Worker worker, Item item, Exception error) =>
        _open!.Writer.Enqueue(new FailureWrite(block, worker, item, error) { Record = item.Record, Item = _open!.Rows.Failed(item, block.Place.Index, error) });

    public void SaveRetry(StageBlock block, Item item, Exception error, TimeSpan delay) =>
        _open!.Writer.Enqueue(new NoteWrite { Record = item.Record, Item = _open!.Rows.Waiting(item, block.Place.Index, error, delay) });

    public void SaveTold(StageBlock block, Item item)
    {
        ItemRecord record = item.Record!;
        _open!.Writer.Enqueue(new NoteWrite { Step = _open.Rows.Step(record, block.Place.Index, record.Saving!, isTold: true) });
    }

    /// <summary>Stores a step of something that is done once. Ends when it is durable.</summary>
    public Task WriteOnceAsync(OncePlace place, OnceEntry entry, StoredOnceState state, uint contract)
    {
        OpenRun open = _open!;
        return Write(new AwaitedWrite
        {
            Record = place.Item,
            Spare = open.Rows.Unfinished(place.Item, place.Stage.Index),
            Once = open.Rows.Once(place.Item, place.Stage.Name, place.Key, entry, state, contract),
        });
    }

    /// <summary>Waits until the run is certain to be this process's.</summary>
    public ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _lost) is { } lost ? ValueTask.FromException(lost) : _open!.Gate.PassAsync(cancellationToken);

    public void EndWaiting() => _ = _noMoreStarts.CancelAsync();

    /// <summary>Something in the store is not whole.</summary>
    public void Warn(string storedId, string what) => _log.NotWhole(storedId, what);

    public void OnStoreFailed(Exception error, TimeSpan retryIn) => _log.StoreFailed(error, retryIn);

    public void OnStoreWorks() => _log.StoreWorks();

    public void OnStoreGivenUp(Exception error)
    {
        // Each of many that waited may say so.
        if (Interlocked.Exchange(ref _isGivenUp, 1) == 0)
            _log.StoreGivenUp(error);
        _run.StopGently();
    }

    public void OnLeaseLost(LeaseLostException error)
    {
        if (Interlocked.CompareExchange(ref _lost, error, null) is not null)
            return;
        _run.GiveUp(error);
        _open?.Writer.Abandon(error);
    }

    public void OnWriterFault(Exception error) => _run.ReportFault(error);

    private Task Write(AwaitedWrite write)
    {
        _open!.Writer.Enqueue(write);
        return write.Written;
    }

    /// <summary>The store says that the run is lost; why, it says to what asks it.</summary>
    private async Task OnLostAsync()
    {
        try
        {
            ValueTask why = _open!.Store.WaitUntilHeldAsync(_run.Token);
            if (why.IsCompleted)
                await why.ConfigureAwait(false);
            OnLeaseLost(new LeaseLostException(_runId, "the store says that another process has it, or that it was deleted", _trouble.LastError));
        }
        catch (LeaseLostException error)
        {
            OnLeaseLost(error);
        }
        catch (Exception error)
        {
            OnLeaseLost(new LeaseLostException(_runId, "the store says that another process has it, or that it was deleted", error));
        }
    }

    private ValueTask MarkNowAsync(StageBlock block, Worker worker, Item item)
    {
        if (worker.MarkSlot < 0)
            worker.MarkSlot = Interlocked.Increment(ref _slots) - 1;
        if (!_open!.Gate.IsOpen)
            return MarkSlowlyAsync(first: null, block, worker, item);
        ValueTask marked;
        try
        {
            marked = _open.Store.MarkStartedAsync(worker.MarkSlot, block.Place.Index, item.Record!.StoredId);
            if (marked.IsCompletedSuccessfully)
            {
                worker.IsMarked = true;
                return default;
            }
        }
        catch (Exception error)
        {
            marked = ValueTask.FromException(error);
        }

        return MarkSlowlyAsync(marked, block, worker, item);
    }

    private async ValueTask MarkAloneAsync(StageBlock block, Worker worker, Item item)
    {
        try
        {
            await _lastChances.EnterAsync().WaitAsync(_run.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nothing was noted: the attempt does not start.
            return;
        }

        worker.HasLastChance = true;
        await MarkNowAsync(block, worker, item).ConfigureAwait(false);
    }

    private async ValueTask MarkSlowlyAsync(ValueTask? first, StageBlock block, Worker worker, Item item)
    {
        string id = item.Record!.StoredId;
        ValueTask? begun = first;
        bool isNoted = false;
        try
        {
            if (first is null)
                await _open!.Gate.PassAsync(_noMoreStarts.Token).ConfigureAwait(false);
            isNoted = await _patience.TryAsync(MarkAsync, $"the start of item '{item.Id}' was noted", _noMoreStarts.Token).ConfigureAwait(false);
            // The noting may have taken long.
            await _open!.Gate.PassAsync(_noMoreStarts.Token).ConfigureAwait(false);
            worker.IsMarked = true;
        }
        catch (LeaseLostException error)
        {
            OnLeaseLost(error);
        }
        catch (Exception error)
        {
            // The attempt does not start.
            if (!_noMoreStarts.IsCancellationRequested)
                OnStoreGivenUp(error);
        }

        if (isNoted && !worker.IsMarked)
            _open!.Store.MarkEnded(worker.MarkSlot);

        async ValueTask<bool> MarkAsync()
        {
            ValueTask marked = begun ?? _open!.Store.MarkStartedAsync(worker.MarkSlot, block.Place.Index, id);
            begun = null;
            await marked.ConfigureAwait(false);
            return true;
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
