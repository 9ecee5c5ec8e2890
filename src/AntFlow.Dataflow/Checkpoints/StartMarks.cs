namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Records in the store which attempts run, so that a restart knows what a crash has interrupted. No attempt starts that is not recorded, or while another owner may have the run.</summary>
/// <remarks>No lock: each worker has its own slot, and records one attempt at a time.</remarks>
/// <param name="open">The run in its store.</param>
/// <param name="retrier">Retries failed calls to the store.</param>
/// <param name="owner">Is notified when the store is no longer retried, or the run is lost.</param>
/// <param name="noMoreStarts">Canceled once no attempt is to start any more.</param>
internal sealed class StartMarks(OpenRun open, StoreRetrier retrier, IWriterOwner owner, CancellationToken noMoreStarts)
{
    private int _slots;

    /// <summary>Records that an attempt is about to start. It may start if <see cref="Worker.IsMarked"/> is set when the task completes.</summary>
    public ValueTask StartAsync(StageBlock block, Worker worker, Item item)
    {
        if (worker.MarkSlot < 0)
            worker.MarkSlot = Interlocked.Increment(ref _slots) - 1;
        if (!open.Ownership.IsOwned)
            return StartSlowlyAsync(first: null, block, worker, item);
        ValueTask noted;
        try
        {
            noted = open.Store.MarkStartedAsync(worker.MarkSlot, block.Stage.Index, item.Record!.StoredId);
            if (noted.IsCompletedSuccessfully)
            {
                worker.IsMarked = true;
                return default;
            }
        }
        catch (Exception error)
        {
            noted = ValueTask.FromException(error);
        }

        return StartSlowlyAsync(noted, block, worker, item);
    }

    /// <summary>Records that nothing of the worker's item runs any more.</summary>
    public void End(Worker worker)
    {
        if (!worker.IsMarked)
            return;
        worker.IsMarked = false;
        open.Store.MarkEnded(worker.MarkSlot);
    }

    // Nothing waits for the record any more, and nothing starts: if it is still written, it must be removed.
    private async Task EndLateAsync(Task noted, int slot)
    {
        await noted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        open.Store.MarkEnded(slot);
    }

    private async ValueTask StartSlowlyAsync(ValueTask? first, StageBlock block, Worker worker, Item item)
    {
        string id = item.Record!.StoredId;
        ValueTask? begun = first;
        bool wasTried = false;
        try
        {
            if (first is null)
                await open.Ownership.WaitUntilOwnedAsync(noMoreStarts).ConfigureAwait(false);
            await retrier.TryAsync(NoteAsync, $"recording the start of item '{item.Id}'", noMoreStarts).ConfigureAwait(false);
            // Recording may have taken long.
            await open.Ownership.WaitUntilOwnedAsync(noMoreStarts).ConfigureAwait(false);
            worker.IsMarked = true;
        }
        catch (LeaseLostException error)
        {
            owner.OnLeaseLost(error);
        }
        catch (Exception error)
        {
            // The attempt does not start.
            if (!noMoreStarts.IsCancellationRequested)
                owner.OnStoreGivenUp(error);
        }

        // A call that has failed here may have written the record all the same.
        if (wasTried && !worker.IsMarked)
            open.Store.MarkEnded(worker.MarkSlot);

        async ValueTask<bool> NoteAsync()
        {
            wasTried = true;
            int slot = worker.MarkSlot;
            Task noted = begun is { } first ? first.AsTask() : open.Store.MarkStartedAsync(slot, block.Stage.Index, id).AsTask();
            begun = null;
            await noted.WaitAsync(noMoreStarts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!noted.IsCompleted)
                _ = EndLateAsync(noted, slot);
            await noted.WaitAsync(noMoreStarts).ConfigureAwait(false);
            return true;
        }
    }
}
