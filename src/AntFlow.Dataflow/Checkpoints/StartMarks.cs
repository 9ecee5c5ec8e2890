namespace AntFlow.Dataflow;

/// <summary>Notes in the store what starts, before it does. A store that is slow, fails, or may have lost the run is waited for; the attempt waits with it.</summary>
/// <param name="patience">When a store that fails is tried again, and for how long.</param>
/// <param name="owner">Told if the run is lost, or the store is given up.</param>
internal sealed class StartMarks(Patience patience, IWriterOwner owner)
{
    // Never disposed of: it has no timer, and a store that is slow may still ask for its token.
    private readonly CancellationTokenSource _noMoreStarts = new();
    private int _slots;

    /// <summary>Attempts that have not started and wait for the store do not start any more.</summary>
    public void EndWaiting() => _ = _noMoreStarts.CancelAsync();

    /// <summary>Notes that an attempt is about to start. If it could not be noted, <see cref="Worker.IsMarked"/> is false, and the attempt must not start.</summary>
    public ValueTask StartAsync(OpenRun open, StageBlock block, Worker worker, Item item)
    {
        if (worker.MarkSlot < 0)
            worker.MarkSlot = Interlocked.Increment(ref _slots) - 1;
        if (!open.Gate.IsOpen)
            return StartSlowlyAsync(open, first: null, block, worker, item);
        ValueTask marked;
        try
        {
            marked = open.Store.MarkStartedAsync(worker.MarkSlot, block.Place.Index, item.Record!.StoredId);
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

        return StartSlowlyAsync(open, marked, block, worker, item);
    }

    private async ValueTask StartSlowlyAsync(OpenRun open, ValueTask? first, StageBlock block, Worker worker, Item item)
    {
        string id = item.Record!.StoredId;
        ValueTask? begun = first;
        bool isNoted = false;
        try
        {
            if (first is null)
                await open.Gate.PassAsync(_noMoreStarts.Token).ConfigureAwait(false);
            isNoted = await patience.TryAsync(MarkAsync, $"the start of item '{item.Id}' was noted", _noMoreStarts.Token).ConfigureAwait(false);
            // The noting may have taken long.
            await open.Gate.PassAsync(_noMoreStarts.Token).ConfigureAwait(false);
            worker.IsMarked = true;
        }
        catch (LeaseLostException error)
        {
            owner.OnLeaseLost(error);
        }
        catch (Exception error)
        {
            // The attempt does not start.
            if (!_noMoreStarts.IsCancellationRequested)
                owner.OnStoreGivenUp(error);
        }

        if (isNoted && !worker.IsMarked)
            open.Store.MarkEnded(worker.MarkSlot);

        async ValueTask<bool> MarkAsync()
        {
            ValueTask marked = begun ?? open.Store.MarkStartedAsync(worker.MarkSlot, block.Place.Index, id);
            begun = null;
            await marked.ConfigureAwait(false);
            return true;
        }
    }
}
