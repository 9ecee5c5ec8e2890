namespace AntFlow.Dataflow;

/// <summary>Ends items that are in no worker's hands. Each was counted already, under the lock; nothing here holds one.</summary>
internal sealed class StageEndings(RunState run, StagePlace place)
{
    /// <summary>Ends an item that waited, in nobody's hands, when the run was closed. It was counted already.</summary>
    public void EndUnbegun(Item item)
    {
        string what = run.Closing == Closing.Canceled ? "canceled" : "stopped";
        var error = new OperationCanceledException($"The run was {what} before stage '{place.Name}' was done with the item.", item.LastError);
        run.Tell(item, ItemStatus.Canceled, place, worker: null, run.Clock.Now, error);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, place, error));
    }

    /// <summary>Ends an item that has failed, or was taken out of the run, before it could begin. It was counted already.</summary>
    public void EndUnidentified(Item item, Exception error)
    {
        // One that failed in an earlier life has its input.
        if (item.Record is null)
            item.Input = item.Value;
        item.Attempt = item.Record?.ResumeAttempts ?? 0;
        var duplicate = error as DuplicateItemException;
        if (duplicate is not null)
            error = duplicate.At(item.Sequence);
        (ItemStatus told, ResultStatus status) = error is ItemSkippedException ? (ItemStatus.Canceled, ResultStatus.Canceled) : (ItemStatus.Failed, ResultStatus.Failed);
        run.Tell(item, told, place, worker: null, item.AcceptedAt, error);
        // Its result has the id it came with.
        if (duplicate is not null)
            item.Id = duplicate.ItemId;
        run.Conclude(item, new Conclusion(status, place, error));
    }

    /// <summary>Ends an item that was in the store's hands. It was counted already.</summary>
    public void EndUnsaved(Item item, ResultStatus status, Worker? worker, Exception error)
    {
        run.Tell(item, status == ResultStatus.Failed ? ItemStatus.Failed : ItemStatus.Canceled, place, worker, run.Clock.Now, error);
        run.Conclude(item, new Conclusion(status, place, error));
    }

    /// <summary>Ends an item that was taken out of the hands of a worker whose user code does not end. It was counted already.</summary>
    public void EndAbandoned(Item item)
    {
        var error = new OperationCanceledException($"The run was canceled, and stage '{place.Name}' did not end in time; the item was abandoned.");
        run.Tell(item, ItemStatus.Canceled, place, worker: null, run.Clock.Now, error);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, place, error, WasAbandoned: true));
    }
}
