namespace AntFlow.Dataflow;

/// <summary>Ends items that no worker holds. Each was counted before, under the lock; nothing here holds a lock.</summary>
internal sealed class StageEndings(RunState run, PipelineStage stage)
{
    /// <summary>Ends an item that waited, held by no worker, when the run was closed. It was counted before.</summary>
    public void EndUnbegun(Item item)
    {
        string what = run.Closing == Closing.Canceled ? "canceled" : "stopped";
        var error = new OperationCanceledException($"The run was {what} before stage '{stage.Name}' finished the item.", item.Visit.LastError);
        long now = run.Clock.Now;
        if (item.IsTimed)
            item.Timing.Leave(item.Visit.ReadyAt, now, blockedByReader: 0, Spending.Queue);
        End(item, ResultStatus.Canceled, worker: null, now, error);
    }

    /// <summary>Ends an item that has failed, or was taken out of the run, before it could begin. It was counted before.</summary>
    /// <param name="item">The item.</param>
    /// <param name="error">The error it ends with.</param>
    /// <param name="function">The function, other than a task, in which it failed; null if there is none.</param>
    public void EndUnidentified(Item item, Exception error, string? function)
    {
        // An item that failed before the run was resumed has its input.
        if (item.Record is null)
            item.Input = item.Value;
        item.Visit.Attempt = item.Record?.ResumeAttempts ?? 0;
        ItemId? ownId = null;
        if (error is DuplicateItemException { IsUnplaced: true } duplicate)
        {
            error = duplicate.At(item.Sequence);
            ownId = duplicate.ItemId;
        }

        ResultStatus status = StatusOf(error);
        if (status == ResultStatus.Failed)
            Fail(item, worker: null, item.AcceptedAt, error, function, ownId);
        else
            End(item, status, worker: null, item.AcceptedAt, error);
    }

    /// <summary>Returns how an item ends that ends with an error before it could begin.</summary>
    public static ResultStatus StatusOf(Exception error) => error switch
    {
        ItemExcludedException => ResultStatus.Canceled,
        // An earlier start of the run has filtered it out. No other code can throw it for an item that has not begun.
        ItemFilteredException => ResultStatus.Filtered,
        _ => ResultStatus.Failed,
    };

    /// <summary>Ends an item that was owned by the store. It was counted before.</summary>
    /// <param name="item">The item.</param>
    /// <param name="status">Whether it has failed, was canceled or was filtered out.</param>
    /// <param name="worker">The worker that processed it.</param>
    /// <param name="error">The error it ends with.</param>
    /// <param name="function">The function, other than a task, in which it failed; null for a task.</param>
    public void EndUnsaved(Item item, ResultStatus status, Worker? worker, Exception error, string? function = null)
    {
        if (status == ResultStatus.Failed)
            Fail(item, worker, run.Clock.Now, error, function);
        else
            End(item, status, worker, run.Clock.Now, error);
    }

    /// <summary>Ends an item that was taken away from a worker whose user code does not end. It was counted before.</summary>
    public void EndAbandoned(Item item)
    {
        var error = new OperationCanceledException($"The run was canceled, and stage '{stage.Name}' did not end in time; the item was abandoned.");
        run.NotifyStatus(item, ItemStatus.Canceled, stage, worker: null, run.Clock.Now, error);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, stage, error, WasAbandoned: true));
    }

    private void Fail(Item item, Worker? worker, long now, Exception error, string? function, ItemId? ownId = null)
    {
        run.NotifyFailed(item, stage, worker, now, error, function);
        // Observers know a duplicate by its automatic id; its result has the id it came with.
        if (ownId is { } id)
            item.Id = id;
        run.Conclude(item, new Conclusion(ResultStatus.Failed, stage, error, Function: function));
    }

    private void End(Item item, ResultStatus status, Worker? worker, long now, Exception error)
    {
        run.NotifyStatus(item, status == ResultStatus.Filtered ? ItemStatus.Filtered : ItemStatus.Canceled, stage, worker, now, error);
        run.Conclude(item, new Conclusion(status, stage, error));
    }
}
