namespace AntFlow.Dataflow;

/// <summary>One feed call: what it has placed so far, and what it waits for. It keeps the run open until it ends.</summary>
internal sealed partial class FeedCall<TOut> : IDisposable
{
    private readonly RunCore<TOut> _core;
    private const int MostUnwritten = 1_024;

    private StageBlock? _waitsAt;
    private List<Task>? _unwritten;
    private readonly CancellationToken _cancellationToken;
    private readonly bool _bringsBack;

    // Made by code of the run, or by code that this code has called or started.
    private readonly bool _isOwn;
    private Task? _window;
    private Func<bool>? _afterWindow;
    private bool _awaitsRoom;

    /// <param name="core">The run.</param>
    /// <param name="block">The stage that is fed.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="bringsBack">Whether the run feeds itself the items it brings back: it keeps itself open for that, even if it was completed.</param>
    public FeedCall(RunCore<TOut> core, StageBlock block, CancellationToken cancellationToken, bool bringsBack = false)
    {
        _core = core;
        _waitsAt = block;
        _bringsBack = bringsBack;
        _cancellationToken = cancellationToken;
        _isOwn = OwnCode.IsWithin(core.Caller.Mark);
        if (cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(accepted: 0, notAccepted: 0, cancellationToken);
        Broken("feed-call-keeps-no-run-open", ref _bringsBack, true);
        if (!_bringsBack && !core.Ledger.TryBegin())
            throw WhyClosed();
    }

    /// <summary>Envelopes taken from the pool for the items to come.</summary>
    public Item? Spare;

    public Waiter Slip { get; } = new() { IsFeeder = true };

    public long Accepted { get; private set; }

    /// <summary>The number of items that were dropped because another item has their id.</summary>
    public long Ignored { get; private set; }

    /// <summary>The number of elements that were taken from an input that no longer has them.</summary>
    public long Taken { get; set; }

    /// <summary>The number of these that were neither placed nor ignored.</summary>
    public long NotAccepted => Math.Max(0, Taken - Accepted - Ignored);

    public void Dispose()
    {
        _core.Envelopes.ReturnSpare(Spare);
        if (!_bringsBack)
            _core.Ledger.End();
    }

    public void ThrowIfOver()
    {
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, NotAccepted, _cancellationToken);
        // Closing is known before the ledger is closed, and the call may have received the token of a canceled run in between.
        if ((_core.Ledger.IsClosed && !_bringsBack) || _core.Closing != Closing.No)
            throw WhyClosed();
    }

    /// <summary>Counts an item that was offered. Returns false if the call has to wait now.</summary>
    public bool CountAccepted(Acceptance acceptance, Item item, bool mustWait)
    {
        if (acceptance == Acceptance.Closed)
        {
            _core.Envelopes.Return(item);
            throw new PipelineClosedException(Accepted, NotAccepted);
        }

        Accepted++;
        _awaitsRoom = mustWait;
        return !mustWait && _core.Observers is not { AreFull: true };
    }

    /// <summary>Has items accepted together, in the stage that is fed. Returns false if the call has to wait now, and place the rest after that.</summary>
    public bool Accept(FeedBatch batch)
    {
        if (batch.Items.IsEmpty)
            return true;
        ThrowIfOver();
        int accepted = _waitsAt!.Intake.AcceptTogether(batch.Items, Slip, out _awaitsRoom);
        if (accepted == 0)
            throw new PipelineClosedException(Accepted, NotAccepted);
        Accepted += accepted;
        batch.RemoveAccepted(accepted);
        return !_awaitsRoom && _core.Observers is not { AreFull: true };
    }

    /// <summary>Counts an item that the run has already, because the run brought it back itself.</summary>
    public void CountKnown() => Accepted++;

    /// <summary>Counts an item that was dropped because another one has its id. The call does not end before that other item is durable.</summary>
    public ValueTask IgnoreAsync(Task? written)
    {
        Ignored++;
        return written is null ? ValueTask.CompletedTask : WaitForWriteAsync(written);
    }

    /// <summary>Claims the id of an item, and waits until it is decided which item has it.</summary>
    public async ValueTask<IdAnswer> ClaimAsync(ItemClaims claims, ItemId id)
    {
        IdAnswer answer = claims.Ask(id);
        while (answer.Status == IdStatus.Undecided)
        {
            await WaitForDecisionAsync(answer.Decided!).ConfigureAwait(false);
            answer = claims.Ask(id);
        }

        return answer;
    }

    private async Task WaitForDecisionAsync(Task decided)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, _core.Token);
        try
        {
            await decided.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ThrowIfOver();
            throw;
        }
    }

    /// <summary>Waits until the run is open in its store.</summary>
    public async ValueTask WaitForOpeningAsync(RunCheckpoints checkpoints)
    {
        if (checkpoints.Opened.IsCompletedSuccessfully)
            return;
        try
        {
            Task opened = checkpoints.Opened;
            Broken("fed-before-the-run-is-open", ref opened, Task.CompletedTask);
            await opened.WaitAsync(_cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            throw new FeedCanceledException(Accepted, NotAccepted, _cancellationToken);
        }
        catch (OperationCanceledException) when (_core.Closing != Closing.No)
        {
            throw new PipelineClosedException(Accepted, NotAccepted);
        }
    }

    /// <summary>Looks an item up, which may take a while if the store fails.</summary>
    public async ValueTask<FeedRoute> LookUpAsync(RunCheckpoints checkpoints, Item item, int stage)
    {
        try
        {
            return await checkpoints.RouteAsync(item, stage, isPromised: false, _cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The exception of what was canceled has less information than this one: how many items were accepted.
            ThrowIfOver();
            throw;
        }
    }

    /// <summary>Waits until the reader of ordered results is close enough.</summary>
    public async ValueTask WaitForOrderWindowAsync()
    {
        ThrowIfOver();
        while (_core.Window?.TryAdmit() is { } moved)
            await WaitForWindowAsync(moved).ConfigureAwait(false);
    }

    /// <summary>Has an item accepted where its route leads. Returns false if the call has to wait now.</summary>
    public bool Accept(Item item, FeedRoute route, out long sequence)
    {
        if (route.Kind == FeedRouteKind.Stage)
        {
            _waitsAt = _core.Blocks[route.Stage];
            return CountAccepted(_waitsAt.Intake.Accept(item, route.Error, AcceptMode.ThenWait, Slip, out bool isAbove, out sequence), item, isAbove);
        }

        _waitsAt = null;
        ItemRecord record = item.Record!;
        Acceptance acceptance = _core.Sink.Restore(item, _core.Blocks[route.Stage].Stage, Slip, out bool mustWait);
        sequence = record.Sequence;
        return CountAccepted(acceptance, item, mustWait);
    }

    /// <summary>Waits until there is room for the bytes of an input.</summary>
    public async ValueTask TakeRoomAsync(InputWrite input)
    {
        if (await input.TakeRoomAsync(Slip, _cancellationToken, _core.Token).ConfigureAwait(false))
            return;
        ThrowIfOver();
        throw new PipelineClosedException(Accepted, NotAccepted);
    }

    /// <summary>Adds a write that must be finished before the call ends.</summary>
    public async ValueTask WaitForWriteAsync(Task written)
    {
        // A large input takes several writes, and a store that was given up may work again: the success of the last write does not cover the others.
        _unwritten ??= [];
        _unwritten.Add(written);
        if (_unwritten.Count >= MostUnwritten)
            await WaitForWritesAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until every input that must be durable is durable.</summary>
    public async ValueTask WaitForWritesAsync()
    {
        if (_unwritten is null)
            return;
        var written = Task.WhenAll(_unwritten);
        // The call may end first, by its token.
        _ = written.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _unwritten.Clear();
        try
        {
            await written.WaitAsync(_cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ThrowIfOver();
            throw;
        }
        catch (Exception error) when (error is not LeaseLostException)
        {
            throw new CheckpointException($"The store failed for too long, and the input of items that were accepted is not durable: {ErrorText.Of(error)}", error) { IsOfStore = true };
        }
    }

    public void AwaitWindow(Task moved, Func<bool> then)
    {
        _window = moved;
        _afterWindow = then;
    }

    /// <summary>Waits for what the last item needs: the progress of the reader, room in the front, observers that cannot keep up.</summary>
    public async Task WaitAsync()
    {
        while (_window is { } window)
        {
            await WaitForWindowAsync(window).ConfigureAwait(false);
            _window = _core.Window!.TryAdmit();
            if (_window is null)
                _afterWindow!();
        }

        if (_awaitsRoom)
            await WaitForRoomAsync().ConfigureAwait(false);
        if (_core.Observers is { AreFull: true } observers)
            await WaitForObserversAsync(observers).ConfigureAwait(false);
    }

    private async Task WaitForObserversAsync(ObserverGroup observers)
    {
        using IDisposable? watch = WatchIfOwn();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, _core.Token);
        await observers.WaitForRoomAsync(either.Token).ConfigureAwait(false);
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, NotAccepted, _cancellationToken);
    }

    private async Task WaitForWindowAsync(Task window)
    {
        try
        {
            await window.WaitAsync(_cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new FeedCanceledException(Accepted, NotAccepted, _cancellationToken);
        }

        ThrowIfOver();
    }

    private async Task WaitForRoomAsync()
    {
        _awaitsRoom = false;
        using (WatchIfOwn())
        using (_cancellationToken.UnsafeRegister(static call => ((FeedCall<TOut>)call!).StopWaiting(), this))
            await Slip.WaitAsync().ConfigureAwait(false);
        // The item that waited has been accepted: it counts.
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, NotAccepted, _cancellationToken);
    }

    private IDisposable? WatchIfOwn() => _isOwn && _waitsAt is { } block ? _core.OwnFeeds.Begin(block.Name) : null;

    // A run that could not be opened reports the reason, also to calls made after it has ended.
    private Exception WhyClosed() =>
        _core.Checkpoints?.Opened.Exception?.InnerException is { } opening and not OperationCanceledException ? opening : new PipelineClosedException(Accepted, NotAccepted);

    private void StopWaiting()
    {
        if (!(_waitsAt?.Intake.StopWaiting(Slip) ?? _core.Sink.StopWaiting(Slip)))
            return;
        Slip.Result = false;
        Slip.Complete();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
