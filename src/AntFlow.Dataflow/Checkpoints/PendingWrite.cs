namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Something to be written, and what follows.</summary>
internal abstract class PendingWrite
{
    // About what a row takes beside its value.
    private const int RowBytes = 200;

    private static readonly Queue<StoredChunk> _none = new();
    private int _isEnded;

    /// <summary>Whose row is written, if one is.</summary>
    public ItemRecord? Record { get; init; }

    public StoredItem? Item { get; init; }

    /// <summary>Further rows, each with whose it is: in the same transaction as all else of this, or not at all. Of rows of one item the last one counts.</summary>
    public (ItemRecord Record, StoredItem Item)[] Rest { get; init; } = [];

    /// <summary>The row that is written along if the store has none of the item by then: without it the rest would not be found.</summary>
    public StoredItem? Spare { get; init; }

    public StoredStep? Step { get; init; }

    public StoredOnce? Once { get; init; }

    /// <summary>Gives the description that is written along, when the batch is put together; null for none.</summary>
    public Func<string>? Description { get; init; }

    /// <summary>What has to be in the store before <see cref="Step"/> may say so; written piece by piece between the batches of others.</summary>
    /// <remarks>Taken out one by one, so that what is written is not kept. Touched under the lock of the writer.</remarks>
    public Queue<StoredChunk> Chunks { get; init; } = _none;

    /// <summary>Where room for the bytes was taken; null if none was.</summary>
    public SavingRoom? Room { get; init; }

    /// <summary>How much room was taken.</summary>
    public long TakenBytes { get; init; }

    /// <summary>About how much is to be written.</summary>
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

    /// <summary>Whether it has been written, or will not be.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded) != 0;

    /// <summary>It is durable.</summary>
    public void End()
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

    /// <summary>Whether it says what a stage of an item has come to, so that the stage is done again if it is not written.</summary>
    public virtual bool IsOutcome => false;

    /// <summary>It will not be written.</summary>
    /// <param name="error">Why.</param>
    /// <param name="unsaved">Counts the outcomes that are lost. Counted before what follows, which may be the end of the run.</param>
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

/// <summary>Something that is not waited for: it is written along, in its turn.</summary>
internal sealed class NoteWrite : PendingWrite
{
    protected override void OnWritten()
    {
    }

    protected override void OnNotWritten(Exception error)
    {
    }
}

/// <summary>Something that is awaited.</summary>
internal sealed class AwaitedWrite : PendingWrite
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once it is durable, or with why it is not.</summary>
    public Task Written => _written.Task;

    protected override void OnWritten() => _written.TrySetResult();

    protected override void OnNotWritten(Exception error)
    {
        _written.TrySetException(error);
        // The call that was to wait for it may have ended.
        _ = _written.Task.Exception;
    }
}

/// <summary>What a stage ended with: the item goes on once it is durable.</summary>
internal sealed class StepWrite(StageBlock block, Item item, StageCodec codec) : PendingWrite
{
    public override bool IsOutcome => true;

    protected override void OnWritten() => block.Saving!.OnSaved(item);

    protected override void OnNotWritten(Exception error)
    {
        var failure = new CheckpointException($"The result of stage '{block.Name}' for item '{item.Id}' could not be saved: {ErrorText.Of(error)}", error, codec.Box(item, isInput: false)) { IsOfStore = true };
        // The run that owns the item now, or resumes it, does the stage again.
        if (error is LeaseLostException or OperationCanceledException)
            block.Saving!.OnNotSaved(item, ResultStatus.Canceled, new OperationCanceledException(failure.Message, failure));
        else
            block.Saving!.OnNotSaved(item, ResultStatus.Failed, failure);
    }
}

/// <summary>That an item has failed: it ends once that is durable, or cannot be written.</summary>
internal sealed class FailureWrite(StageBlock block, Worker worker, Item item, Exception failure, string? function) : PendingWrite
{
    public override bool IsOutcome => true;

    protected override void OnWritten() => block.Saving!.OnFailureSaved(worker, item, failure, function);

    protected override void OnNotWritten(Exception error) => block.Saving!.OnFailureSaved(worker, item, failure, function);
}
