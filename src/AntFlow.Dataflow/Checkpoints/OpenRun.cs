namespace AntFlow.Dataflow;

/// <summary>A run that is open in its store, and all that works on it.</summary>
internal sealed class OpenRun
{
    private readonly CheckpointPlan _plan;
    private readonly ResumeLoader _loader;
    private long _keys;

    public OpenRun(
        ICheckpointRun store, CheckpointPlan plan, IReadOnlyList<StageCodec> codecs, Contracts contracts, RunClock clock, StoreHealth health, IWriterOwner owner,
        Action<string, string> warn, CancellationToken cancellationToken)
    {
        Store = store;
        _plan = plan;
        Rows = new CheckpointRows(contracts, clock);
        Writer = new CheckpointWriter(store, health, clock, owner);
        _loader = new ResumeLoader(store, codecs, contracts, warn);
        Reader = new StoredItemReader(store, id => Claims.IsClaimed(ItemId.OfStoredText(id)), cancellationToken);
        Router = new FeedRouter(this, _loader, plan.Options, codecs, clock, cancellationToken);
    }

    public ICheckpointRun Store { get; }

    public CheckpointRows Rows { get; }

    public CheckpointWriter Writer { get; }

    public StoredItemReader Reader { get; }

    public FeedRouter Router { get; }

    public ItemClaims Claims { get; } = new();

    /// <summary>The first stage that is another one than when the run was stored; the number of stages if none is.</summary>
    public int FirstChanged { get; private set; } = int.MaxValue;

    /// <summary>Whether the store may know items.</summary>
    public bool HasStored { get; private set; }

    /// <summary>How many items of earlier lives have been brought back.</summary>
    public long Resumed => Router.Resumed;

    /// <summary>The key of an item that is new.</summary>
    public long DrawKey() => (Store.Epoch << 32) | Interlocked.Increment(ref _keys);

    /// <summary>Compares the pipeline with the stored one, and counts the deaths of earlier lives.</summary>
    public async Task PrepareAsync(string runId, PipelineDescription now)
    {
        IReadOnlyList<string> differences = [];
        int firstChanged = now.Stages.Count;
        if (Store.Description is { } text)
            differences = now.Compare(PipelineDescription.Parse(text), out firstChanged);
        if (differences.Count > 0 && _plan.Options.OnPipelineChange == OnPipelineChange.Refuse)
            throw new PipelineChangedException(runId, differences);
        FirstChanged = firstChanged;
        HasStored = Store.StoredItems > 0 || Store.Interrupted.Count > 0;
        List<StoredItem> crashed = await CountDeathsAsync().ConfigureAwait(false);
        if (Store.Description is null || differences.Count > 0 || crashed.Count > 0)
            await Store.WriteAsync(new CheckpointBatch { Description = now.ToText(), Items = crashed }).ConfigureAwait(false);
        if (Store.Interrupted.Count > 0)
            await Store.ForgetInterruptedAsync().ConfigureAwait(false);
    }

    private async Task<List<StoredItem>> CountDeathsAsync()
    {
        List<StoredItem> crashed = [];
        foreach (StartMark mark in Store.Interrupted.DistinctBy(mark => mark.Id, StringComparer.Ordinal))
        {
            StoredItem? found = await Store.FindItemAsync(mark.Id).ConfigureAwait(false);
            if (found is not null && !_loader.IsWhole(found, mark.Id))
                found = null;
            // What has ended in between, or was counted already by an owner who died before he could say so, does not count.
            if (found is null || (found.Stage == mark.Stage && found.State == StoredItemState.Unfinished && found.CrashEpoch < mark.Epoch))
            {
                StoredItem item = found ?? new StoredItem { Key = DrawKey(), Id = mark.Id, Sequence = -1, EntryStage = mark.Stage, Stage = mark.Stage };
                crashed.Add(Rows.Crashed(item, mark, _plan.Options.MaxCrashes));
            }
        }

        return crashed;
    }
}
