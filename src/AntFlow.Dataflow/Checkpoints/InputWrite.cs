namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The input of an item, turned into bytes and not yet given to the writer: first there has to be room for it.</summary>
/// <param name="writer">What writes it.</param>
/// <param name="row">The row of the item, where that must not wait for the value; null where both are in one write.</param>
/// <param name="step">The value.</param>
internal sealed class InputWrite(CheckpointWriter writer, AwaitedWrite? row, AwaitedWrite step)
{
    /// <summary>Makes the rows of an input.</summary>
    /// <param name="open">The run.</param>
    /// <param name="room">Where room for the bytes is taken.</param>
    /// <param name="record">What is known of the item.</param>
    /// <param name="stage">The stage that gets it.</param>
    /// <param name="saved">The bytes.</param>
    public static InputWrite Of(OpenRun open, SavingRoom room, ItemRecord record, int stage, SavedStep saved)
    {
        int step = open.Shape.StepInto(stage);
        long taken = SavingRoom.RoomOf(saved.Value.Length);
        Queue<StoredChunk> chunks = CheckpointRows.Cut(record, step, ref saved);
        // Whatever else the row knows by now, such as failed attempts, stays in it.
        StoredItem? item = record.IsStored ? null : open.Rows.Unfinished(record, stage);
        record.LacksInput = false;
        bool isCut = chunks.Count > 0 && item is not null;
        // The item goes on meanwhile, and its later rows, which are small, must not be written before its first one, which must not wait for the pieces.
        return new InputWrite(open.Writer, isCut ? new AwaitedWrite { Record = record, Item = item } : null, new AwaitedWrite
        {
            Record = isCut || item is null ? null : record,
            Item = isCut ? null : item,
            Step = open.Rows.Step(record, step, saved, isTold: true),
            Chunks = chunks,
            Room = room,
            TakenBytes = taken,
        });
    }

    /// <summary>Takes room for the bytes. False if a token was canceled first: then it must not begin.</summary>
    public ValueTask<bool> TakeRoomAsync(WaitSlip slip, CancellationToken feeding, CancellationToken run) => step.Room!.TakeAsync(slip, step.TakenBytes, feeding, run);

    // Whoever was to wait for it may have gone: an error of one is seen, as that of each of them is.
    private static Task BothAsync(Task row, Task step)
    {
        var both = Task.WhenAll(row, step);
        _ = both.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return both;
    }

    /// <summary>Has it written.</summary>
    /// <returns>Ends once it is durable, or with why it is not.</returns>
    public Task Begin()
    {
        if (row is not null)
            writer.Enqueue(row);
        writer.Enqueue(step);
        return row is null ? step.Written : BothAsync(row.Written, step.Written);
    }
}
