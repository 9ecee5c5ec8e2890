using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run that is open in its store, with all parts that work on it.</summary>
internal sealed class OpenRun
{
    /// <summary>The sequence number in the row of an item that is only known to have been running at a crash.</summary>
    public const long OnlyCrashesKnown = -1;

    /// <summary>The same for an item whose row was corrupt: its <c>OnceAsync</c> calls may be lost with the row.</summary>
    public const long RowLost = -2;

    private const int RestartedAtOnce = 1_024;

    private readonly CheckpointPlan _plan;
    private readonly Contracts _contracts;
    private readonly ResumeLoader _loader;
    private readonly StoreRetrier _retrier;
    private readonly CancellationToken _cancellationToken;
    private long _keys;

    public OpenRun(
        ICheckpointRun store, CheckpointPlan plan, StageGraph graph, IReadOnlyList<StageCodec> codecs, Contracts contracts, ItemClaims claims, RunClock clock, StoreHealth health, StoreRetrier retrier, StoreBackgroundState background, IWriterOwner owner,
        Action<string, string> warn, Action<string> warnOfLostInput, CancellationToken cancellationToken)
    {
        Store = store;
        Graph = graph;
        _plan = plan;
        _contracts = contracts;
        Claims = claims;
        _cancellationToken = cancellationToken;
        Rows = new CheckpointRows(contracts, clock);
        Writer = new CheckpointWriter(store, health, clock, owner);
        _retrier = retrier;
        Ownership = new OwnershipGuard(store, plan.Options.GiveUpAfter, clock, retrier, background, owner, cancellationToken);
        _loader = new ResumeLoader(store, graph, codecs, contracts, warn, warnOfLostInput);
        Reader = new StoredItemReader(store, IsTaken, cancellationToken);
        Router = new FeedRouter(this, _loader, plan.Options, codecs, clock, _retrier, cancellationToken);
    }

    public ICheckpointRun Store { get; }

    /// <summary>The stages.</summary>
    public StageGraph Graph { get; }

    /// <summary>How they are linked.</summary>
    public GraphShape Shape => Graph.Shape;

    /// <summary>The gate that every attempt passes before it starts.</summary>
    public OwnershipGuard Ownership { get; }

    /// <summary>The stored description of the pipeline. Set once the run is prepared.</summary>
    public StoredDescription Description { get; private set; } = null!;

    public CheckpointRows Rows { get; }

    public CheckpointWriter Writer { get; }

    public StoredItemReader Reader { get; }

    public FeedRouter Router { get; }

    public ItemClaims Claims { get; }

    /// <summary>Whether the store may have items of the run.</summary>
    public bool HasStored { get; private set; }

    /// <summary>How many items earlier starts of the run left running, at a crash and at a planned end, and what happened to those of a crash.</summary>
    public InterruptedCounts Interrupted { get; private set; }

    /// <summary>Returns the key of a new item.</summary>
    public long DrawKey() => (Store.Epoch << 32) | Interlocked.Increment(ref _keys);

    /// <summary>Queues a step of an earlier format to be written in the current one; nothing waits for it.</summary>
    public void Renew(StoredStep step) => Writer.Enqueue(new NoteWrite { Step = Rows.Renew(step) });

    /// <summary>Compares the pipeline with the stored one, and counts the crashes of earlier starts of the run.</summary>
    public async Task PrepareAsync(string runId, PipelineDescription now)
    {
        if (Store.Description is { } text)
        {
            DescriptionComparison comparison = now.Compare(PipelineDescription.Parse(text), _contracts.FirstOf);
            now = comparison.Merged;
            if (comparison.Differences.Count > 0 && _plan.Options.PipelineChangeHandling == PipelineChangeHandling.Refuse)
                throw new PipelineChangedException(runId, comparison.Differences);
            _contracts.AddStored(now);
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

    // A row whose id is invalid belongs to no item, and nothing waits for it.
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

    // Done once, in the rows: later starts, with this pipeline or another one, must not mistake the old rows for current ones. The new description is written last, so that after a crash
    // in between the next start repeats the change.
    private async Task RestartAsync(int firstChanged)
    {
        List<StoredItem> restarted = [];
        var reader = new RetryingReader(Store, _retrier, _cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.NextAsync().ConfigureAwait(false) is { } item)
            {
                if (!_loader.IsWhole(item, item.Id) || !ResumePoint.IsTouched(item, firstChanged, Shape.End))
                    continue;
                restarted.Add(Rows.Restarted(item, firstChanged, Shape));
                if (restarted.Count < RestartedAtOnce)
                    continue;
                await Store.WriteAsync(new CheckpointBatch { Items = restarted }).ConfigureAwait(false);
                restarted = [];
            }
        }

        if (restarted.Count > 0)
            await Store.WriteAsync(new CheckpointBatch { Items = restarted }).ConfigureAwait(false);
    }

    // Each epoch is a separate crash, the oldest first: the effect of one crash on an item counts at the next.
    private async Task<IReadOnlyCollection<StoredItem>> CountCrashesAsync(PipelineDescription now)
    {
        Dictionary<string, StoredItem> crashed = new(StringComparer.Ordinal);
        foreach (IGrouping<long, StartMark> crash in Store.Interrupted.GroupBy(mark => mark.Epoch).OrderBy(crash => crash.Key))
        {
            List<StoredItem> ran = [];
            List<int> ranIn = [];
            HashSet<long> failed = [];
            foreach (IGrouping<string, StartMark> marks in crash.GroupBy(mark => mark.Id, StringComparer.Ordinal))
            {
                StoredItem row = crashed.GetValueOrDefault(marks.Key) ?? await FindCrashedAsync(marks.First()).ConfigureAwait(false);
                // Skipped: items that have ended meanwhile, and items that an earlier opening counted before it crashed. An end may be recorded late, so one item may have two marks.
                if (row.State is not (StoredItemState.Unfinished or StoredItemState.Failed) || row.CrashEpoch >= crash.Key || marks.Where(mark => MayHaveRun(row, mark.StageIndex)).Select(mark => (int?)mark.StageIndex).FirstOrDefault() is not { } stage)
                    continue;
                // A failed item was tried again (ResumeFailed), and nothing of that attempt was stored yet.
                if (row.State == StoredItemState.Failed)
                    failed.Add(row.Key);
                ranIn.Add(stage);
                ran.Add(row.State == StoredItemState.Failed ? CheckpointRows.TriedAgain(row) : row);
            }

            Suspicion[] after = SuspectRules.AfterCrash(ran.ConvertAll(row => new Suspicion(row.MaxConcurrentSuspects, row.LoneCrashes)));
            for (int i = 0; i < after.Length; i++)
            {
                // It counts as a suspect that ran, for the others; its own row does not change.
                if (failed.Contains(ran[i].Key) && !_plan.Options.ResumeFailed)
                    continue;
                int stage = ranIn[i];
                string name = stage < now.Stages.Count ? now.Stages[stage].Name : string.Create(CultureInfo.InvariantCulture, $"{stage + 1}");
                crashed[ran[i].Id] = Rows.Crashed(ran[i], after[i], crash.Key, name, _plan.Options.MaxCrashes);
            }
        }

        return crashed.Values;
    }

    // An item that was resumed runs what is not stored again, from its last stored result on, and its row may still name a later stage: the one where it had failed before.
    private bool MayHaveRun(StoredItem row, int stage) => Graph.RunsUnstored(row.StageIndex, stage) || Graph.RunsUnstored(_loader.EntryOf(row), stage);

    /// <summary>Returns the row of an item that has started. If there is none or it is corrupt, returns a new one that only records the start.</summary>
    private async Task<StoredItem> FindCrashedAsync(StartMark mark)
    {
        StoredItem? found = await Store.FindItemAsync(mark.Id).ConfigureAwait(false);
        if (found is not null && _loader.IsWhole(found, mark.Id))
            return found;
        // The key of a corrupt row is kept: there is one row for each id.
        long? key = string.Equals(found?.Id, mark.Id, StringComparison.Ordinal) ? found?.Key : null;
        return new StoredItem { Key = key ?? DrawKey(), Id = mark.Id, Sequence = found is null ? OnlyCrashesKnown : RowLost, EntryStageIndex = mark.StageIndex, StageIndex = mark.StageIndex };
    }
}
