namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The input of an item, serialized and not yet passed to the writer: it needs room first.</summary>
/// <param name="writer">The writer.</param>
/// <param name="row">The row of the item, if it must not wait for the value; null if both are in one write.</param>
/// <param name="step">The value.</param>
internal sealed class InputWrite(CheckpointWriter writer, AwaitedWrite? row, AwaitedWrite step)
{
    /// <summary>Creates the rows of an input.</summary>
    /// <param name="open">The run.</param>
    /// <param name="budget">The room from which the bytes are taken.</param>
    /// <param name="record">The record of the item.</param>
    /// <param name="stage">The stage that receives it.</param>
    /// <param name="saved">The bytes.</param>
    public static InputWrite Of(OpenRun open, SharedSavingBudget budget, ItemRecord record, int stage, SavedStep saved)
    {
        int step = open.Shape.StepInto(stage);
        long taken = SharedSavingBudget.RoomOf(saved.Value.Length);
        Queue<StoredChunk> chunks = CheckpointRows.Cut(record, step, ref saved);
        record.ValueStage = step;
        record.LacksInput = false;
        // The row keeps everything else it has by now, such as failed attempts.
        StoredItem? item = record.IsStored ? null : open.Rows.Unfinished(record, stage);
        bool isCut = chunks.Count > 0 && item is not null;
        // The item continues meanwhile. Its first row must not wait for the pieces, because later rows, which are small, must not be written before it.
        return new InputWrite(open.Writer, isCut ? new AwaitedWrite { Record = record, Item = item } : null, new AwaitedWrite
        {
            Record = isCut || item is null ? null : record,
            Item = isCut ? null : item,
            Step = open.Rows.Step(record, step, saved, isNotified: true),
            Chunks = chunks,
            Room = budget,
            TakenBytes = taken,
        });
    }

    /// <summary>Takes room for the bytes. False if a token was canceled first: then the write must not begin.</summary>
    public ValueTask<bool> TakeRoomAsync(Waiter waiter, CancellationToken feeding, CancellationToken run) => step.Room!.TakeAsync(waiter, step.TakenBytes, feeding, run);

    // The waiting code may have stopped waiting: both errors are observed here.
    private static Task BothAsync(Task row, Task step)
    {
        var both = Task.WhenAll(row, step);
        _ = both.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return both;
    }

    /// <summary>Passes it to the writer.</summary>
    /// <returns>A task that completes once it is durable, or with the error.</returns>
    public Task Begin()
    {
        if (row is not null)
            writer.Enqueue(row);
        writer.Enqueue(step);
        return row is null ? step.Written : BothAsync(row.Written, step.Written);
    }
}
