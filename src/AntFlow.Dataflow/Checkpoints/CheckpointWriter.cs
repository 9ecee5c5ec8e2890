using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Writes rows in batches: at once when idle; while a batch is being written, the next one collects. One batch is written at a time.</summary>
/// <remarks>
/// <para>Large values are cut into pieces, and each batch contains one of them, so that a value of a hundred megabytes delays other writes by no more than one piece. Values are written in
/// their order: the first is complete, and its memory free, before the second begins.</para>
/// <para><b>The lock</b> guards the queues, the current batch, and whether the loop runs: the loop ends in the same section in which it finds nothing to do, so no write is left without a loop.
/// The store and the waiting calls are called outside it. Every write ends exactly once, also if it is abandoned meanwhile (<see cref="PendingWrite"/> ensures it).</para>
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
        // Never disposed: it has no timer, and a store that is no longer used may still use its token.
        var abandoned = new CancellationTokenSource();
        _abandoned = abandoned;
    }

    /// <summary>How many outcomes of stages could not be written.</summary>
    public long Unsaved => Interlocked.Read(ref _unsaved);

    /// <summary>Queues a write. Writes are made in the order of the calls.</summary>
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

    /// <summary>Completes once all writes so far have been made or have failed. Later writes fail.</summary>
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

    /// <summary>Stops all writing: every pending or current write fails with the given error.</summary>
    public void Abandon(Exception error)
    {
        List<PendingWrite> writes;
        lock (_lock)
        {
            _ended ??= error;
            // The builder still has the writes of a batch that could not be built.
            writes = [.. _current, .. _builder.Writes, .. _pending, .. _large];
            _pending.Clear();
            _large.Clear();
        }

        foreach (PendingWrite write in writes)
            CompleteWrite(write, error);
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
            // An error in this class or in a continuation of a write: pending writes must not wait forever.
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
                // The row of the value states that all pieces are stored: it is written with the last piece, in the same transaction.
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

    /// <summary>Gets the large value that is next. A value of which a piece could not be written has ended and is skipped.</summary>
    private PendingWrite? TryGetLarge(in Lock.Scope held)
    {
        while (_large.TryPeek(out PendingWrite? large))
        {
            if (!large.IsCompleted)
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
            // A value is useless without one of its pieces.
            if (error is not null && _cut is { } cut)
                writes.Add(cut);
            (_current, _cut) = ([], null);
        }

        foreach (PendingWrite write in writes)
            CompleteWrite(write, error);
    }

    private void CompleteWrite(PendingWrite write, Exception? error)
    {
        try
        {
            if (error is null)
                write.Complete();
            else
                write.Fail(error, ref _unsaved);
        }
        catch (Exception fault)
        {
            // The continuation of one write must not prevent those of the others.
            _owner.OnWriterFault(fault);
        }
    }

    /// <summary>Writes a batch, with retries if necessary.</summary>
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

    // A write that is queued during closing must not reach a run that was released. The waiting code continues on another thread.
    private void End(in Lock.Scope held)
    {
        _isRunning = false;
        if (_closed is null)
            return;
        _ended ??= new InvalidOperationException("The run has ended.");
        _closed.TrySetResult();
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
