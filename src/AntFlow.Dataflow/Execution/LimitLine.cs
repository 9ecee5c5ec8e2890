using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The workers of one executor that wait for a semaphore of the user, most urgent item first.</summary>
/// <remarks>A semaphore lets those in that asked first, so only one asks for all: what it gets goes to the most urgent of those that wait by then.
/// <c>_lock</c> guards the line and which asking is under way; workers are told, and the semaphore is waited for and given back, outside it. Trying the semaphore, which does not wait, is the one foreign call under it.</remarks>
internal sealed class LimitLine(SemaphoreSlim limit)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Worker, (int Priority, long Ticket)> _waiting = new();
    private CancellationTokenSource? _asking;
    private bool _isClosed;

    /// <summary>How many workers wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Takes a permit, or lines the worker up for one: then its slip is answered with whether it got it. If not, the call was canceled, or the error of the slip says why.</summary>
    public bool TryEnter(Worker worker, Item item)
    {
        CancellationTokenSource? begun = null;
        Aftermath after = default;
        lock (_lock)
        {
            if (!_isClosed && _waiting.Count == 0 && limit.Wait(0, CancellationToken.None))
                return true;
            worker.Slip.Reset();
            worker.Slip.Error = null;
            if (_isClosed)
            {
                after.Tell(worker.Slip, answer: false);
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
            // The call has its outcome; that other code spoiled the semaphore shows where it is waited for next.
        }
    }

    /// <summary>Lets a worker go whose call was canceled, if it still waits.</summary>
    public void StopWaiting(Worker worker) => Dismiss(waiting => waiting.Remove(worker, out _, out _) ? [worker] : []);

    /// <summary>Lets all go, and those that still come: a worker may be on its way here with an item it took before.</summary>
    public void Close() => Dismiss(waiting =>
    {
        _isClosed = true;
        Worker[] all = [.. waiting.UnorderedItems.Select(cell => cell.Element)];
        waiting.Clear();
        return all;
    });

    private void Dismiss(Func<PriorityQueue<Worker, (int Priority, long Ticket)>, Worker[]> take)
    {
        Aftermath after = default;
        CancellationTokenSource? over = null;
        lock (_lock)
        {
            foreach (Worker worker in take(_waiting))
                after.Tell(worker.Slip, answer: false);
            if (_waiting.Count == 0)
                (over, _asking) = (_asking, null);
        }

        // What it gets nevertheless, it gives back, or to a worker that has come since.
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

    /// <summary>Gives what was got to the most urgent, or the error to all. False if this asking is over.</summary>
    private bool Answer(CancellationTokenSource asking, Exception? error)
    {
        Aftermath after = default;
        bool isWanted;
        bool goesOn;
        lock (_lock)
        {
            isWanted = _waiting.TryDequeue(out Worker? worker, out _);
            if (worker is not null)
                Tell(worker, error, ref after);
            while (error is not null && _waiting.TryDequeue(out worker, out _))
                Tell(worker, error, ref after);
            goesOn = _waiting.Count > 0 && _asking == asking;
            if (!goesOn && _asking == asking)
                _asking = null;
        }

        if (!isWanted && error is null)
            GiveBack();
        after.Perform();
        return goesOn;
    }

    private static void Tell(Worker worker, Exception? error, ref Aftermath after)
    {
        worker.Slip.Error = error;
        after.Tell(worker.Slip, answer: error is null);
    }
}

/// <summary>The lines of one executor, one for each semaphore it was given. A line lives as long as its semaphore.</summary>
internal sealed class LimitLines
{
    private readonly ConditionalWeakTable<SemaphoreSlim, LimitLine> _lines = [];

    public LimitLine Of(SemaphoreSlim limit) => _lines.GetValue(limit, static limit => new LimitLine(limit));

    public void CloseAll()
    {
        foreach ((_, LimitLine line) in _lines)
            line.Close();
    }
}
