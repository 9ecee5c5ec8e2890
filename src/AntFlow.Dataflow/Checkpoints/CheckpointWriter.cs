using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Writes what comes in groups: at once when idle, and while a batch is being written the next one gathers. One batch is on its way at a time.</summary>
/// <remarks>
/// <para>Large values are cut into pieces, of which each batch takes one along, so that a hundred megabytes hold no other write up for longer than a piece takes. They leave in the order they
/// came: the first is whole, and its memory free, before the second begins.</para>
/// <para><b>The lock</b> guards the queues, what is on its way, and whether the loop runs: it ends in the section that finds nothing to do, so nothing is left without a loop.
/// The store and the waiting calls are called outside it. Every write ends exactly once (<see cref="PendingWrite"/> sees to it), because abandoning may come between.</para>
/// </remarks>
[DebuggerDisplay("{_pending.Count} waiting, {_current.Count} being written")]
internal sealed partial class CheckpointWriter
{
    private readonly ICheckpointRun _run;
    private readonly StoreHealth _health;
    private readonly RunClock _clock;
    private readonly IWriterOwner _owner;
    private readonly CancellationTokenSource _abandoned;
    private readonly Lock _lock = new();
    private readonly BatchBuilder _builder = new();
    private Queue<PendingWrite> _pending = new();
    private readonly Queue<PendingWrite> _large = new();
    private TaskCompletionSource? _closed;
    private List<PendingWrite> _current = [];
    private PendingWrite? _cut;
    private bool _isRunning;
    private long _unsaved;
    private Exception? _ended;

    public CheckpointWriter(ICheckpointRun run, StoreHealth health, RunClock clock, IWriterOwner owner)
    {
        _run = run;
        _health = health;
        _clock = clock;
        _owner = owner;
        // Never disposed of: it has no timer, and a store that was given up may still ask for its token.
        var abandoned = new CancellationTokenSource();
        _abandoned = abandoned;
    }

    /// <summary>How many outcomes of stages could not be written.</summary>
    public long Unsaved => Interlocked.Read(ref _unsaved);

    /// <summary>Has something written. In the order of the calls.</summary>
    public void Enqueue(PendingWrite write)
    {
        bool mustStart;
        Exception? ended;
        using (Lock.Scope held = _lock.EnterScope())
        {
            ended = _ended;
            mustStart = ended is null && !_isRunning;
            if (ended is null)
                Add(write, held);
            _isRunning |= mustStart;
        }

        if (ended is not null)
            write.Fail(ended, ref _unsaved);
        else if (mustStart)
            ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.LoopAsync(), this, preferLocal: false);
    }

    /// <summary>Ends once everything that was given so far has been written, or will not be. From then on nothing is: what comes later has failed.</summary>
    public Task CloseAsync()
    {
        TaskCompletionSource closed;
        using (Lock.Scope held = _lock.EnterScope())
        {
            closed = _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isRunning)
                End(held);
        }

        return closed.Task;
    }

    /// <summary>Nothing more is written: whatever waits, or is on its way, has failed with this.</summary>
    public void Abandon(Exception error)
    {
        List<PendingWrite> writes;
        lock (_lock)
        {
            _ended ??= error;
            // What a batch that could not be put together has left is in the builder.
            writes = [.. _current, .. _builder.Writes, .. _pending, .. _large];
            _pending.Clear();
            _large.Clear();
        }

        foreach (PendingWrite write in writes)
            Tell(write, error);
        _ = _abandoned.CancelAsync();
    }

    private void Add(PendingWrite write, in Lock.Scope held)
    {
        if (write.Chunks.Count > 0)
            _large.Enqueue(write);
        else
            _pending.Enqueue(write);
    }

    private async Task LoopAsync()
    {
        try
        {
            while (TryGather(out CheckpointBatch? batch))
                await WriteAsync(batch!).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A fault of ours, or of what follows a write: what waits must not wait for ever.
            _owner.OnWriterFault(error);
            Abandon(error);
            Stop();
        }
    }

    private bool TryGather(out CheckpointBatch? batch)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            batch = null;
            if (TryGetLarge(held) is { } large)
            {
                _cut = large;
                _builder.Add(large.Chunks.Dequeue());
                // Its row says that all pieces are there: with the last one, in the same transaction.
                if (large.Chunks.Count == 0)
                    _builder.Add(_large.Dequeue());
            }

            while (!_builder.IsFull && _pending.TryDequeue(out PendingWrite? write))
                _builder.Add(write);
            if (_builder.IsEmpty)
            {
                End(held);
            }
            else
            {
                (batch, _current) = _builder.Build();
            }
        }

        return batch is not null;
    }

    /// <summary>The large value whose turn it is. One of which a piece could not be written has ended, and has no turn any more.</summary>
    private PendingWrite? TryGetLarge(in Lock.Scope held)
    {
        while (_large.TryPeek(out PendingWrite? large))
        {
            if (!large.IsEnded)
                return large;
            _large.Dequeue();
        }

        return null;
    }

    private async Task WriteAsync(CheckpointBatch batch)
    {
        Exception? error = await TryWriteAsync(batch).ConfigureAwait(false);
        List<PendingWrite> writes;
        lock (_lock)
        {
            writes = _current;
            // A value without one of its pieces is none.
            if (error is not null && _cut is { } cut)
                writes.Add(cut);
            (_current, _cut) = ([], null);
        }

        foreach (PendingWrite write in writes)
            Tell(write, error);
    }

    private void Tell(PendingWrite write, Exception? error)
    {
        try
        {
            if (error is null)
                write.End();
            else
                write.Fail(error, ref _unsaved);
        }
        catch (Exception fault)
        {
            // What follows one write must not keep the others from theirs.
            _owner.OnWriterFault(fault);
        }
    }

    /// <summary>Writes a batch, again and again if need be.</summary>
    private async Task<Exception?> TryWriteAsync(CheckpointBatch batch)
    {
        while (true)
        {
            try
            {
                Task durable = _run.WriteAsync(batch, _abandoned.Token).AsTask();
                Broken("handed-on-before-it-is-durable", ref durable, Task.CompletedTask);
                await durable.ConfigureAwait(false);
                if (_health.LastError is not null)
                {
                    _health.OnWorked();
                    _owner.OnStoreWorks();
                }

                return null;
            }
            catch (LeaseLostException error)
            {
                _owner.OnLeaseLost(error);
                Abandon(error);
                return error;
            }
            catch (Exception error)
            {
                if (_abandoned.IsCancellationRequested)
                    return error;
                bool wasGivenUp = _health.IsGivenUp;
                if (_health.OnFailed(error, _clock.Between(_clock.StartTimestamp, _clock.Now)) is not { } delay)
                {
                    if (!wasGivenUp)
                        _owner.OnStoreGivenUp(error);
                    return error;
                }

                _owner.OnStoreFailed(error, delay);
                await WaitAsync(delay).ConfigureAwait(false);
            }
        }
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _clock.Time, _abandoned.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next attempt is the last.
        }
    }

    private void Stop()
    {
        using (Lock.Scope held = _lock.EnterScope())
            End(held);
    }

    // A write that comes while it is being closed must not go to a run that was given up. What waits for the closing goes on elsewhere.
    private void End(in Lock.Scope held)
    {
        _isRunning = false;
        if (_closed is null)
            return;
        _ended ??= new InvalidOperationException("The run has ended.");
        _closed.TrySetResult();
    }

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
