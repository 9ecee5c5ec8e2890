namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Gives items the values they go on with. A row that is torn, flipped or of another shape is treated as not there: the item goes on from the newest one that is whole.</summary>
/// <param name="run">The run in the store.</param>
/// <param name="shape">How the stages are linked.</param>
/// <param name="codecs">The codecs of the stages.</param>
/// <param name="contracts">The shapes of their values.</param>
/// <param name="warn">Told of what is not whole: which item, and what.</param>
/// <param name="warnOfLostInput">Told of an item whose input is of a type from before the pipeline was changed.</param>
internal sealed class ResumeLoader(ICheckpointRun run, GraphShape shape, IReadOnlyList<StageCodec> codecs, Contracts contracts, Action<string, string> warn, Action<string> warnOfLostInput)
{
    /// <summary>Whether the row of an item is whole, and is that of the item that was asked for.</summary>
    public bool IsWhole(StoredItem item, string id)
    {
        if (Checksum.Of(item) != item.Checksum || !string.Equals(item.Id, id, StringComparison.Ordinal))
        {
            warn(item.Id, "its row");
            return false;
        }

        if (MetadataCodec.CanDecode(item.Metadata))
            return true;
        warn(item.Id, "its metadata");
        return false;
    }

    /// <summary>Gives the item the value it has at the end of the stage before the one it is to enter, or of the newest one before that is whole.</summary>
    /// <returns>The stage it enters with that, and the step the value is of; null if there is no value.</returns>
    public async ValueTask<(int Stage, StoredStep Step)?> LoadAsync(Item item, StoredItem stored, int stage, CancellationToken cancellationToken)
    {
        int oldest = shape.StepInto(stored.EntryStageIndex);
        for (int step = shape.StepInto(stage); step >= oldest; step = shape.StepInto(step))
        {
            StoredStep? found = step == stored.ValueStage ? stored.LastStep : await run.FindStepAsync(stored.Key, step, cancellationToken).ConfigureAwait(false);
            // What a damaged file gives may be whole, and of another item.
            if (found is not null && found.Item == stored.Key && found.StageIndex == step && await TryReadAsync(item, found, cancellationToken).ConfigureAwait(false))
                return (shape.NextOf(step), found);
            if (found is not null && contracts.IsLostInput(found))
                warnOfLostInput(stored.Id);
            else if (found is not null || step >= stored.EntryStageIndex)
                warn(stored.Id, step < 0 ? "its input" : $"the result of stage {step + 1}");
        }

        return null;
    }

    /// <summary>What an item has done once.</summary>
    /// <param name="item">The row of the item.</param>
    /// <param name="isItemWhole">Whether that is whole. If not, its key may be that of another one.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<ItemOnces?> LoadOncesAsync(StoredItem item, bool isItemWhole, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredOnce> stored = await run.ReadOncesAsync(item.Key, cancellationToken).ConfigureAwait(false);
        StoredOnce[] whole = [.. stored.Where(once => IsWhole(once, item))];
        bool isDamaged = !isItemWhole || whole.Length < stored.Count;
        return whole.Length > 0 || isDamaged ? new ItemOnces(whole, isDamaged) : null;
    }

    private bool IsWhole(StoredOnce once, StoredItem item)
    {
        if (Checksum.Of(once) == once.Checksum && once.Item == item.Key)
            return true;
        warn(item.Id, $"what it did once as '{once.Key}'");
        return false;
    }

    private async ValueTask<bool> TryReadAsync(Item item, StoredStep step, CancellationToken cancellationToken)
    {
        if (!contracts.Fits(step))
            return false;
        ReadOnlyMemory<byte>? value = step.Chunks == 0 ? step.Value : await JoinAsync(step, cancellationToken).ConfigureAwait(false);
        if (value is not { } bytes)
            return false;
        try
        {
            bool isInput = step.StageIndex == GraphShape.Input;
            codecs[isInput ? shape.First : step.StageIndex].Read(item, bytes, isInput);
            return true;
        }
        catch (Exception)
        {
            // A serializer that cannot read what it wrote: nothing else than a row that is not whole.
            return false;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> JoinAsync(StoredStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredChunk> chunks = await run.ReadChunksAsync(step.Item, step.StageIndex, cancellationToken).ConfigureAwait(false);
        // More than counted are what is left of an earlier, longer value.
        if (chunks.Count < step.Chunks)
            return null;
        var whole = new byte[chunks.Take(step.Chunks).Sum(chunk => chunk.Data.Length)];
        int at = 0;
        for (int i = 0; i < step.Chunks; i++)
        {
            StoredChunk chunk = chunks[i];
            if (chunk.Index != i || chunk.Item != step.Item || Checksum.Of(chunk) != chunk.Checksum)
                return null;
            chunk.Data.CopyTo(whole.AsMemory(at));
            at += chunk.Data.Length;
        }

        return whole;
    }
}
