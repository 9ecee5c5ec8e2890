namespace AntFlow.Dataflow;

/// <summary>The input of an item, turned into bytes and not yet given to the writer: first there has to be room for it.</summary>
/// <param name="writer">Who writes it.</param>
/// <param name="row">The row of the item, where that must not wait for the value; null where both are in one write.</param>
/// <param name="step">The value.</param>
internal sealed class InputWrite(CheckpointWriter writer, AwaitedWrite? row, AwaitedWrite step)
{
    /// <summary>Takes room for the bytes. False if a token was canceled first: then it must not begin.</summary>
    public ValueTask<bool> TakeRoomAsync(WaitSlip slip, CancellationToken feeding, CancellationToken run) => step.Room!.TakeAsync(slip, step.TakenBytes, feeding, run);

    /// <summary>Has it written.</summary>
    /// <returns>Ends once it is durable, or with why it is not.</returns>
    public Task Begin()
    {
        if (row is not null)
            writer.Enqueue(row);
        writer.Enqueue(step);
        return row is null ? step.Written : Task.WhenAll(row.Written, step.Written);
    }
}
