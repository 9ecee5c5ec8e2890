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

    /// <summary>Ends an item that has failed before it could begin. It was counted already.</summary>
    public void EndUnidentified(Item item, Exception error)
    {
        item.Input = item.Value;
        item.Attempt = 0;
        run.Tell(item, ItemStatus.Failed, place, worker: null, item.AcceptedAt, error);
        run.Conclude(item, new Conclusion(ResultStatus.Failed, place, error));
    }

    /// <summary>Ends an item that was taken out of the hands of a worker whose user code does not end. It was counted already.</summary>
    public void EndAbandoned(Item item)
    {
        var error = new OperationCanceledException($"The run was canceled, and stage '{place.Name}' did not end in time; the item was abandoned.");
        run.Tell(item, ItemStatus.Canceled, place, worker: null, run.Clock.Now, error);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, place, error, WasAbandoned: true));
    }
}
