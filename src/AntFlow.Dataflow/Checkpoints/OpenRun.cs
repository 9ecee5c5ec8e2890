using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run that is open in its store, and all that works on it.</summary>
internal sealed class OpenRun
{
    /// <summary>The sequence number in the row of an item of which nothing is known but that it ran at a crash.</summary>
    public const long OnlyCrashesKnown = -1;

    /// <summary>The same, where there was a row that was not whole: what the item has done once may be lost with it.</summary>
    public const long RowLost = -2;

    private const int RestartedAtOnce = 1_024;

    private readonly CheckpointPlan _plan;
    private readonly Contracts _contracts;
    private readonly ResumeLoader _loader;
    private readonly Patience _patience;
    private readonly CancellationToken _cancellationToken;
    private long _keys;

    public OpenRun(
        ICheckpointRun store, CheckpointPlan plan, GraphShape shape, IReadOnlyList<StageCodec> codecs, Contracts contracts, ItemClaims claims, RunClock clock, StoreHealth health, Patience patience, StoreTrouble trouble, IWriterOwner owner,
        Action<string, string> warn, Action<string> warnOfLostInput, CancellationToken cancellationToken)
    {
        Store = store;
        Shape = shape;
        _plan = plan;
        _contracts = contracts;
        Claims = claims;
        _cancellationToken = cancellationToken;
        Rows = new CheckpointRows(contracts, clock);
        Writer = new CheckpointWriter(store, health, clock, owner);
        _patience = patience;
        Gate = new OwnershipGate(store, plan.Options.GiveUpAfter, clock, patience, trouble, owner, cancellationToken);
        _loader = new ResumeLoader(store, shape, codecs, contracts, warn, warnOfLostInput);
        Reader = new StoredItemReader(store, IsTaken, cancellationToken);
        Router = new FeedRouter(this, _loader, plan.Options, codecs, clock, _patience, cancellationToken);
    }

    public ICheckpointRun Store { get; }

    /// <summary>How the stages are linked.</summary>
    public GraphShape Shape { get; }

    /// <summary>What starts passes here.</summary>
    public OwnershipGate Gate { get; }

    /// <summary>What the store knows of the pipeline. There once the run is prepared.</summary>
    public StoredDescription Description { get; private set; } = null!;

    public CheckpointRows Rows { get; }

    public CheckpointWriter Writer { get; }

    public StoredItemReader Reader { get; }

    public FeedRouter Router { get; }

    public ItemClaims Claims { get; }

    /// <summary>Whether the store may know items.</summary>
    public bool HasStored { get; private set; }

    /// <summary>How many items earlier runs have left running, by a crash and by a planned end, and what became of the former.</summary>
    public InterruptedCounts Interrupted { get; private set; }

    /// <summary>The key of an item that is new.</summary>
    public long DrawKey() => (Store.Epoch << 32) | Interlocked.Increment(ref _keys);

    /// <summary>Has a step of an earlier format written as today, in its turn; nothing waits for it.</summary>
    public void Renew(StoredStep step) => Writer.Enqueue(new NoteWrite { Step = Rows.Renew(step) });

    /// <summary>Compares the pipeline with the stored one, and counts the crashes of earlier runs.</summary>
    public async Task PrepareAsync(string runId, PipelineDescription now)
    {
        if (Store.Description is { } text)
        {
            DescriptionComparison comparison = now.Compare(PipelineDescription.Parse(text), _contracts.FirstOf);
            now = comparison.Merged;
            if (comparison.Differences.Count > 0 && _plan.Options.OnPipelineChange == OnPipelineChange.Refuse)
                throw new PipelineChangedException(runId, comparison.Differences);
            _contracts.Accept(now);
            if (comparison.Differences.Count > 0)
                await RestartAsync(comparison.FirstChanged).ConfigureAwait(false);
        }

        Description = new StoredDescription(now);
        HasStored = Store.StoredItems > 0 || Store.Interrupted.Count > 0;
        IReadOnlyCollection<StoredItem> crashed = await CountCrashesAsync(now).ConfigureAwait(false);
        string description = Description.ToText();
        if (crashed.Count > 0 || !string.Equals(Store.Description, description, StringComparison.Ordinal))
            await Store.WriteAsync(new CheckpointBatch { Description = description, Items = [.. crashed] }).ConfigureAwait(false);
        Interrupted = InterruptedCounts.Of(Store, crashed);
        if (Store.Interrupted.Count > 0 || Store.InterruptedAsPlanned.Count > 0)
            await Store.ForgetInterruptedAsync().ConfigureAwait(false);
    }

    // A row whose id is none belongs to no item, and nothing waits for it.
    private bool IsTaken(string storedId)
    {
        try
        {
            return Claims.IsClaimed(ItemId.OfStoredText(storedId));
        }
        catch (FormatException)
        {
            return true;
        }
    }

    // Once, in the rows: later lives, of this pipeline or of the next one, must not take them for what they are not. The new description comes last, so a death in between
    // has the next life do it again.
    private async Task RestartAsync(int firstChanged)
    {
        List<StoredItem> restarted = [];
        var reading = new PatientReading(Store, _patience, _cancellationToken);
        await using (reading.ConfigureAwait(false))
        {
            while (await reading.NextAsync().ConfigureAwait(false) is { } item)
            {
                if (!_loader.IsWhole(item, item.Id) || !ResumePoint.IsTouched(item, firstChanged, Shape.End))
                    continue;
                restarted.Add(Rows.Restarted(item, firstChanged, Shape.End));
                if (restarted.Count < RestartedAtOnce)
                    continue;
                await Store.WriteAsync(new CheckpointBatch { Items = restarted }).ConfigureAwait(false);
                restarted = [];
            }
        }

        if (restarted.Count > 0)
            await Store.WriteAsync(new CheckpointBatch { Items = restarted }).ConfigureAwait(false);
    }

    // Each epoch is a crash of its own, the oldest first: what one has done to an item counts at the next.
    private async Task<IReadOnlyCollection<StoredItem>> CountCrashesAsync(PipelineDescription now)
    {
        Dictionary<string, StoredItem> crashed = new(StringComparer.Ordinal);
        foreach (IGrouping<long, StartMark> crash in Store.Interrupted.GroupBy(mark => mark.Epoch).OrderBy(crash => crash.Key))
        {
            List<StoredItem> ran = [];
            HashSet<long> failed = [];
            foreach (IGrouping<string, StartMark> marks in crash.GroupBy(mark => mark.Id, StringComparer.Ordinal))
            {
                StoredItem row = crashed.GetValueOrDefault(marks.Key) ?? await FindCrashedAsync(marks.First()).ConfigureAwait(false);
                // What has ended in between, or was counted already by an opening that crashed before it could say so, does not count. An end may be noted late: one item may have two marks.
                if (row.State is not (StoredItemState.Unfinished or StoredItemState.Failed) || row.CrashEpoch >= crash.Key || marks.All(mark => mark.StageIndex != row.StageIndex))
                    continue;
                // One that had failed was tried again (ResumeFailed), and nothing of that was stored yet.
                if (row.State == StoredItemState.Failed)
                    failed.Add(row.Key);
                ran.Add(row.State == StoredItemState.Failed ? CheckpointRows.TriedAgain(row) : row);
            }

            Suspicion[] after = SuspectRules.AfterCrash(ran.ConvertAll(row => new Suspicion(row.Width, row.LoneCrashes)));
            for (int i = 0; i < after.Length; i++)
            {
                // It ran, whatever becomes of it: that is for the others to know.
                if (failed.Contains(ran[i].Key) && !_plan.Options.ResumeFailed)
                    continue;
                int stage = ran[i].StageIndex;
                string name = stage < now.Stages.Count ? now.Stages[stage].Name : string.Create(CultureInfo.InvariantCulture, $"{stage + 1}");
                crashed[ran[i].Id] = Rows.Crashed(ran[i], after[i], crash.Key, name, _plan.Options.MaxCrashes);
            }
        }

        return crashed.Values;
    }

    /// <summary>The row of an item that has started; a new one, of which nothing is known but that, if there is none or it is not whole.</summary>
    private async Task<StoredItem> FindCrashedAsync(StartMark mark)
    {
        StoredItem? found = await Store.FindItemAsync(mark.Id).ConfigureAwait(false);
        if (found is not null && _loader.IsWhole(found, mark.Id))
            return found;
        // Of a row that is not whole the key is kept: there is one row an id.
        long? key = string.Equals(found?.Id, mark.Id, StringComparison.Ordinal) ? found?.Key : null;
        return new StoredItem { Key = key ?? DrawKey(), Id = mark.Id, Sequence = found is null ? OnlyCrashesKnown : RowLost, EntryStageIndex = mark.StageIndex, StageIndex = mark.StageIndex };
    }
}
