namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A write that waits for its batch, and the action that follows it.</summary>
internal abstract class PendingWrite
{
    // The approximate size of a row without its value.
    private const int RowBytes = 200;

    private static readonly Queue<StoredChunk> _none = new();
    private int _isEnded;

    /// <summary>The record of the item whose row is written; null if none is.</summary>
    public ItemRecord? Record { get; init; }

    public StoredItem? Item { get; init; }

    /// <summary>Further rows, each with the record of its item: in the same transaction as the rest, or not at all. If an item has several rows, the last one counts.</summary>
    public (ItemRecord Record, StoredItem Item)[] Rest { get; init; } = [];

    /// <summary>The row that is written as well if the store has none of the item by then: without it the other rows could not be found.</summary>
    public StoredItem? Spare { get; init; }

    public StoredStep? Step { get; init; }

    public StoredOnce? Once { get; init; }

    /// <summary>Returns the description to write, when the batch is built; null for none.</summary>
    public Func<string>? Description { get; init; }

    /// <summary>The pieces that must be in the store before <see cref="Step"/> may refer to them; written piece by piece between the batches of others.</summary>
    /// <remarks>Removed one by one, so that written pieces are not kept in memory. Accessed under the lock of the writer.</remarks>
    public Queue<StoredChunk> Chunks { get; init; } = _none;

    /// <summary>The room from which bytes were taken; null if none were.</summary>
    public SharedSavingBudget? Room { get; init; }

    /// <summary>How many bytes of room were taken.</summary>
    public long TakenBytes { get; init; }

    /// <summary>The approximate size of the write.</summary>
    public long Bytes
    {
        get
        {
            long bytes = RowBytes + (Step?.Value.Length ?? 0) + (Once?.Answer.Length ?? 0) + (Item?.Error.Length ?? 0);
            foreach ((_, StoredItem item) in Rest)
                bytes += RowBytes + item.Error.Length;
            return bytes;
        }
    }

    /// <summary>Whether it has been written or has failed.</summary>
    public bool IsCompleted => Volatile.Read(ref _isEnded) != 0;

    /// <summary>Called when it is durable.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
            return;
        try
        {
            Record?.IsStored = true;
            foreach ((ItemRecord record, _) in Rest)
                record.IsStored = true;
            OnWritten();
        }
        finally
        {
            Room?.GiveBack(TakenBytes);
        }
    }

    /// <summary>Whether it stores the outcome of a stage, so that the stage runs again if it is not written.</summary>
    public virtual bool IsOutcome => false;

    /// <summary>Called when it will not be written.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="unsaved">The counter of lost outcomes. Increased before the action that follows, which may be the end of the run.</param>
    public void Fail(Exception error, ref long unsaved)
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
            return;
        try
        {
            if (IsOutcome)
                Interlocked.Increment(ref unsaved);
            OnNotWritten(error);
        }
        finally
        {
            Room?.GiveBack(TakenBytes);
        }
    }

    protected abstract void OnWritten();

    protected abstract void OnNotWritten(Exception error);
}

/// <summary>A write that nothing waits for: it is written in its turn.</summary>
internal sealed class NoteWrite : PendingWrite
{
    protected override void OnWritten()
    {
    }

    protected override void OnNotWritten(Exception error)
    {
    }
}

/// <summary>A write that is awaited.</summary>
internal sealed class AwaitedWrite : PendingWrite
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once it is durable, or with the error.</summary>
    public Task Written => _written.Task;

    protected override void OnWritten() => _written.TrySetResult();

    protected override void OnNotWritten(Exception error)
    {
        _written.TrySetException(error);
        // The call that was to wait for it may have ended.
        _ = _written.Task.Exception;
    }
}

/// <summary>The write of a stage's result: the item continues once it is durable.</summary>
internal sealed class StepWrite(StageBlock block, Item item, StageCodec codec) : PendingWrite
{
    public override bool IsOutcome => true;

    protected override void OnWritten() => block.Saving!.OnSaved(item);

    protected override void OnNotWritten(Exception error)
    {
        var failure = new CheckpointException($"The result of stage '{block.Name}' for item '{item.Id}' could not be saved: {ErrorText.Of(error)}", error, codec.Box(item, isInput: false)) { IsOfStore = true };
        // The current owner of the run, or the next start of it, runs the stage again.
        if (error is LeaseLostException or OperationCanceledException)
            block.Saving!.OnNotSaved(item, ResultStatus.Canceled, new OperationCanceledException(failure.Message, failure));
        else
            block.Saving!.OnNotSaved(item, ResultStatus.Failed, failure);
    }
}

/// <summary>The write that a filter did not let an item through: the item ends once it is durable or cannot be written.</summary>
internal sealed class FilteredWrite(StageBlock block, Worker worker, Item item, Exception filtered) : PendingWrite
{
    public override bool IsOutcome => true;

    protected override void OnWritten() => block.Saving!.OnFilteredSaved(worker, item, filtered);

    protected override void OnNotWritten(Exception error) => block.Saving!.OnFilteredSaved(worker, item, filtered);
}

/// <summary>The write of an item's failure: the item ends once it is durable or cannot be written.</summary>
internal sealed class FailureWrite(StageBlock block, Worker worker, Item item, Exception failure, string? function) : PendingWrite
{
    public override bool IsOutcome => true;

    protected override void OnWritten() => block.Saving!.OnFailureSaved(worker, item, failure, function);

    protected override void OnNotWritten(Exception error) => block.Saving!.OnFailureSaved(worker, item, failure, function);
}
