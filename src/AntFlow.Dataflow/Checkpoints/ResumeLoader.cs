namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Gives items the values with which they resume. A row that is torn, corrupt or of another shape is ignored: the item resumes from the newest intact one.</summary>
/// <param name="run">The run in the store.</param>
/// <param name="graph">The stages.</param>
/// <param name="codecs">The codecs of the stages.</param>
/// <param name="contracts">The shapes of their values.</param>
/// <param name="warn">Receives each corrupt row: the item, and the kind of row.</param>
/// <param name="warnOfLostInput">Receives each item whose input has a type from before the pipeline was changed.</param>
internal sealed class ResumeLoader(ICheckpointRun run, StageGraph graph, IReadOnlyList<StageCodec> codecs, Contracts contracts, Action<string, string> warn, Action<string> warnOfLostInput)
{
    private readonly GraphShape _shape = graph.Shape;

    /// <summary>Whether the row of an item is intact and belongs to the requested item.</summary>
    public bool IsWhole(StoredItem item, string id)
    {
        if (Checksum.Of(item) != item.Checksum || !string.Equals(item.Id, id, StringComparison.Ordinal))
        {
            warn(item.Id, "its row");
            return false;
        }

        if (MetadataCodec.CanDecode(item.Metadata))
            return true;
        warn(item.Id, "the metadata");
        return false;
    }

    /// <summary>Gives the item the result with which it continues, or that of the newest earlier stage whose result is intact.</summary>
    /// <returns>The stage it enters with that value, and the step of the value; null if there is no value.</returns>
    public async ValueTask<(int Stage, StoredStep Step)?> LoadAsync(Item item, StoredItem stored, CancellationToken cancellationToken)
    {
        int oldest = _shape.StepInto(stored.EntryStageIndex);
        int newest = stored.ValueStage == StoredItem.UnknownStage ? stored.StageIndex - 1 : stored.ValueStage;
        for (int step = newest; step >= oldest; step--)
        {
            StoredStep? found = await FindAsync(stored, step, cancellationToken).ConfigureAwait(false);
            if (found is not null && await TryReadAsync(item, found, cancellationToken).ConfigureAwait(false))
                return (NextOf(stored, step), found);
            if (found is not null && contracts.IsLostInput(found))
                warnOfLostInput(stored.Id);
            else if (found is not null || IsMissing(stored, step))
                warn(stored.Id, step < 0 ? "the input" : $"the result of stage {step + 1}");
        }

        return null;
    }

    /// <summary>Returns the stage that an item enters when it is resumed with its last stored result; that of its row if it is not known which one that is.</summary>
    public int EntryOf(StoredItem stored) =>
        stored.ValueStage == GraphShape.Input ? stored.EntryStageIndex
        : stored.ValueStage < _shape.StepInto(stored.EntryStageIndex) || stored.ValueStage >= _shape.End ? stored.StageIndex
        : NextOf(stored, stored.ValueStage);

    /// <summary>Gives the item the value with which it entered a stage that it has passed. Returns false if that value is not stored or not intact.</summary>
    public async ValueTask<bool> TryLoadInputAsync(Item item, StoredItem stored, int stage, CancellationToken cancellationToken)
    {
        // The latest one: behind a branch, an item has a result of the switch as well, which may lead here over another branch.
        IEnumerable<int> steps = stage == stored.EntryStageIndex ? [_shape.StepInto(stage)] : _shape.PredecessorsOf(stage).Reverse();
        foreach (int step in steps)
        {
            // It may have come from there, with a value that is not stored.
            if (step >= 0 && !graph.Stages[step].Settings.IsStored)
                return false;
            if (await FindAsync(stored, step, cancellationToken).ConfigureAwait(false) is not { } found)
                continue;
            if (await TryReadAsync(item, found, cancellationToken).ConfigureAwait(false))
                return true;
            warn(stored.Id, step < 0 ? "the input" : $"the result of stage {step + 1}");
        }

        return false;
    }

    // Behind a switch, an item has no results of the other branches.
    private bool IsMissing(StoredItem stored, int step) =>
        step >= stored.EntryStageIndex && (_shape.IsLine || step == stored.ValueStage) && graph.Stages[step].Settings.IsStored;

    /// <summary>Returns the stage that an item enters with the value of a step.</summary>
    private int NextOf(StoredItem stored, int step)
    {
        bool isNewest = step == stored.ValueStage;
        if (step == _shape.StepInto(stored.EntryStageIndex) && (!isNewest || graph.RunsUnstored(stored.EntryStageIndex, stored.StageIndex)))
            return stored.EntryStageIndex;
        if (!_shape.IsSwitch(step))
            return _shape.NextOf(step);
        // The value does not show which way the item has gone, but the stage that it has come to may. Otherwise it enters the switch again.
        int[] ways = isNewest ? [.. _shape.TargetsOf(step).Where(target => graph.RunsUnstored(target, stored.StageIndex)).Distinct()] : [];
        return ways is [var only] ? only : step;
    }

    private async ValueTask<StoredStep?> FindAsync(StoredItem stored, int step, CancellationToken cancellationToken)
    {
        StoredStep? found = step == stored.ValueStage ? stored.LastStep : await run.FindStepAsync(stored.Key, step, cancellationToken).ConfigureAwait(false);
        // A damaged file may return a row that is intact but belongs to another item.
        return found is not null && found.Item == stored.Key && found.StageIndex == step ? found : null;
    }

    /// <summary>Loads the <c>OnceAsync</c> calls of an item.</summary>
    /// <param name="item">The row of the item.</param>
    /// <param name="isItemWhole">Whether the row is intact. If not, its key may be that of another item.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
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
        warn(item.Id, $"OnceAsync call '{once.Key}'");
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
            codecs[isInput ? _shape.First : step.StageIndex].Read(item, bytes, isInput);
            return true;
        }
        catch (Exception)
        {
            // The serializer cannot read what it wrote: treated like a corrupt row.
            return false;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> JoinAsync(StoredStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredChunk> chunks = await run.ReadChunksAsync(step.Item, step.StageIndex, cancellationToken).ConfigureAwait(false);
        // Additional pieces are left over from an earlier, longer value.
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
