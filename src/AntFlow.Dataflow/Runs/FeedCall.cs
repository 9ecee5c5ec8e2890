namespace AntFlow.Dataflow;

/// <summary>One feed call: what it has placed so far, and what it waits for. Keeps the run open until it ends.</summary>
internal sealed class FeedCall<TOut> : IDisposable
{
    private readonly RunCore<TOut> _core;
    private readonly StageBlock _block;
    private readonly CancellationToken _cancellationToken;
    private Task? _window;
    private Func<bool>? _afterWindow;
    private bool _awaitsRoom;

    public FeedCall(RunCore<TOut> core, StageBlock block, CancellationToken cancellationToken)
    {
        _core = core;
        _block = block;
        _cancellationToken = cancellationToken;
        if (cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(accepted: 0, cancellationToken);
        if (!core.Ledger.TryBegin())
            throw new PipelineClosedException(accepted: 0);
    }

    /// <summary>Envelopes taken from the pool for the items to come.</summary>
    public Item? Spare;

    public WaitSlip Slip { get; } = new() { IsFeeder = true };

    public int Accepted { get; private set; }

    public void Dispose()
    {
        _core.Pool.ReturnSpare(Spare);
        _core.Ledger.End();
    }

    public void ThrowIfOver()
    {
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, _cancellationToken);
        // Closing is known before the ledger is closed, and the token of a canceled run may have been heard in between.
        if (_core.Ledger.IsClosed || _core.Closing != Closing.No)
            throw new PipelineClosedException(Accepted);
    }

    /// <summary>Counts an item that was offered. False if the call has to wait now.</summary>
    public bool CountAccepted(Acceptance acceptance, Item item, bool mustWait)
    {
        if (acceptance == Acceptance.Closed)
        {
            _core.Pool.Return(item);
            throw new PipelineClosedException(Accepted);
        }

        Accepted++;
        _awaitsRoom = mustWait;
        return !mustWait && _core.Observer is not { IsFull: true };
    }

    public void AwaitWindow(Task moved, Func<bool> then)
    {
        _window = moved;
        _afterWindow = then;
    }

    /// <summary>Waits for whatever the last item found wanting: the reader's progress, room in the front, observers that cannot keep up.</summary>
    public async Task WaitAsync()
    {
        while (_window is { } window)
        {
            await WaitForWindowAsync(window).ConfigureAwait(false);
            _window = _core.Window!.TryEnter();
            if (_window is null)
                _afterWindow!();
        }

        if (_awaitsRoom)
            await WaitForRoomAsync().ConfigureAwait(false);
        if (_core.Observer is { IsFull: true } observer)
            await WaitForObserversAsync(observer).ConfigureAwait(false);
    }

    private async Task WaitForObserversAsync(RunObserver observer)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, _core.Token);
        await observer.WaitForRoomAsync(either.Token).ConfigureAwait(false);
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, _cancellationToken);
    }

    private async Task WaitForWindowAsync(Task window)
    {
        try
        {
            await window.WaitAsync(_cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new FeedCanceledException(Accepted, _cancellationToken);
        }

        ThrowIfOver();
    }

    private async Task WaitForRoomAsync()
    {
        _awaitsRoom = false;
        using (_cancellationToken.UnsafeRegister(static call => ((FeedCall<TOut>)call!).StopWaiting(), this))
            await Slip.WaitAsync().ConfigureAwait(false);
        // The item that waited has been accepted: it counts.
        if (_cancellationToken.IsCancellationRequested)
            throw new FeedCanceledException(Accepted, _cancellationToken);
    }

    private void StopWaiting()
    {
        if (!_block.StopWaiting(Slip))
            return;
        Slip.Answer = false;
        Slip.Complete();
    }
}
