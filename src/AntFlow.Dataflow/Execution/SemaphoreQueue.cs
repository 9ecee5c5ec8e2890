using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The workers of one executor that wait for a semaphore of the user, most urgent item first.</summary>
/// <remarks>A semaphore admits waiters in the order in which they asked. Therefore only one wait is made for all workers, and the permit goes to the most urgent item that waits by then.
/// <c>_lock</c> guards the line and the current wait. Workers are notified, and the semaphore is awaited and released, outside the lock. Trying the semaphore, which does not wait, is the only
/// foreign call under it.</remarks>
internal sealed class SemaphoreQueue(SemaphoreSlim limit)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Worker, (int Priority, long Ticket)> _waiting = new();
    private CancellationTokenSource? _asking;
    private bool _isClosed;

    /// <summary>The number of workers that wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Acquires a permit, or adds the worker to the line: its waiter is then answered with whether it got a permit. If not, the call was canceled, or the error of the waiter is the
    /// reason.</summary>
    public bool TryAcquire(Worker worker, Item item)
    {
        CancellationTokenSource? begun = null;
        PostLockActions after = default;
        lock (_lock)
        {
            if (!_isClosed && _waiting.Count == 0 && limit.Wait(0, CancellationToken.None))
                return true;
            worker.Slip.Reset();
            worker.Slip.Error = null;
            if (_isClosed)
            {
                after.CompleteWait(worker.Slip, answer: false);
            }
            else
            {
                _waiting.Enqueue(worker, (item.Priority, item.Visit.Ticket));
                if (_asking is null)
                    _asking = begun = new CancellationTokenSource();
            }
        }

        after.Perform();
        if (begun is not null)
            _ = AskAsync(begun);
        return false;
    }

    public void GiveBack()
    {
        try
        {
            limit.Release();
        }
        catch (Exception error) when (error is ObjectDisposedException or SemaphoreFullException)
        {
            // The call has its outcome already. If other code has damaged the semaphore, the next wait for it fails.
        }
    }

    /// <summary>Releases a worker whose call was canceled, if it still waits.</summary>
    public void StopWaiting(Worker worker) => Dismiss(waiting => waiting.Remove(worker, out _, out _) ? [worker] : []);

    /// <summary>Releases all workers, also those that arrive later: a worker may be about to arrive with an item that it took before.</summary>
    public void Close() => Dismiss(waiting =>
    {
        _isClosed = true;
        Worker[] all = [.. waiting.UnorderedItems.Select(cell => cell.Element)];
        waiting.Clear();
        return all;
    });

    private void Dismiss(Func<PriorityQueue<Worker, (int Priority, long Ticket)>, Worker[]> take)
    {
        PostLockActions after = default;
        CancellationTokenSource? over = null;
        lock (_lock)
        {
            foreach (Worker worker in take(_waiting))
                after.CompleteWait(worker.Slip, answer: false);
            if (_waiting.Count == 0)
                (over, _asking) = (_asking, null);
        }

        // If it gets a permit nevertheless, it releases it or passes it to a worker that has arrived since.
        over?.Cancel();
        after.Perform();
    }

    private async Task AskAsync(CancellationTokenSource asking)
    {
        bool goesOn = true;
        while (goesOn)
        {
            Exception? error = null;
            try
            {
                await limit.WaitAsync(asking.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            goesOn = Answer(asking, error);
        }
    }

    /// <summary>Passes the permit to the most urgent worker, or the error to all workers. Returns false if this wait is no longer the current one.</summary>
    private bool Answer(CancellationTokenSource asking, Exception? error)
    {
        PostLockActions after = default;
        bool isWanted;
        bool goesOn;
        lock (_lock)
        {
            isWanted = _waiting.TryDequeue(out Worker? worker, out _);
            if (worker is not null)
                CompleteWait(worker, error, ref after);
            while (error is not null && _waiting.TryDequeue(out worker, out _))
                CompleteWait(worker, error, ref after);
            goesOn = _waiting.Count > 0 && _asking == asking;
            if (!goesOn && _asking == asking)
                _asking = null;
        }

        if (!isWanted && error is null)
            GiveBack();
        after.Perform();
        return goesOn;
    }

    private static void CompleteWait(Worker worker, Exception? error, ref PostLockActions after)
    {
        worker.Slip.Error = error;
        after.CompleteWait(worker.Slip, answer: error is null);
    }
}

/// <summary>The lines of one executor, one for each semaphore. A line exists as long as its semaphore.</summary>
internal sealed class LimitLines
{
    private readonly ConditionalWeakTable<SemaphoreSlim, SemaphoreQueue> _lines = [];

    public SemaphoreQueue Of(SemaphoreSlim limit) => _lines.GetValue(limit, static limit => new SemaphoreQueue(limit));

    public void CloseAll()
    {
        foreach ((_, SemaphoreQueue queue) in _lines)
            queue.Close();
    }
}
