namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The rows of one run in memory.</summary>
/// <remarks><b>The lock</b> guards everything here; nothing is called under it.</remarks>
internal sealed class InMemoryRows
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, StoredItem> _items = [];
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Item, int Stage), StoredStep> _steps = [];
    private readonly Dictionary<(long Item, int Stage, int Index), StoredChunk> _chunks = [];
    private readonly Dictionary<(long Item, string Stage, string Key), StoredOnce> _onces = [];
    private readonly Dictionary<(long Epoch, int Slot), StartMark> _marks = [];
    private readonly HashSet<long> _plannedEnds = [];
    private readonly DateTimeOffset _createdAt;
    private DateTimeOffset _writtenAt;
    private string? _description;
    private long _epoch;
    private bool _isOwned;

    public InMemoryRows(DateTimeOffset createdAt, long number)
    {
        _createdAt = _writtenAt = createdAt;
        Number = number;
    }

    /// <summary>The position of the run among all runs of the store.</summary>
    public long Number { get; }

    public (string? Description, long Items, IReadOnlyList<StartMark> Interrupted, IReadOnlyList<StartMark> AsPlanned) Open(string runId, long epoch, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_isOwned)
                throw new RunOwnedException(runId, Owner);
            _isOwned = true;
            _epoch = epoch;
            _writtenAt = now;
            ILookup<bool, StartMark> marks = _marks.OrderBy(mark => mark.Key).Select(mark => mark.Value).ToLookup(mark => _plannedEnds.Contains(mark.Epoch));
            return (_description, _items.Count, [.. marks[false]], [.. marks[true]]);
        }
    }

    /// <summary>Releases the run. An owner that crashes leaves its marks behind.</summary>
    public void Release(long epoch, bool dies)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            if (_epoch != epoch || !_isOwned)
                return;
            _isOwned = false;
            if (!dies)
                Forget(mark => mark == epoch, held);
        }
    }

    public bool IsOwnedIn(long epoch)
    {
        lock (_lock)
            return _isOwned && _epoch == epoch;
    }

    public void ThrowIfOwned(string runId)
    {
        lock (_lock)
        {
            if (_isOwned)
                throw new RunOwnedException(runId, Owner);
        }
    }

    public bool TryWrite(long epoch, CheckpointBatch batch, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_epoch != epoch || !_isOwned)
                return false;
            _description = batch.Description ?? _description;
            _writtenAt = now;
            foreach (StoredItem item in batch.Items)
            {
                _items[item.Key] = item with { Metadata = item.Metadata.ToArray(), Error = item.Error.ToArray(), LastStep = null };
                _keys[item.Id] = item.Key;
            }

            foreach (StoredStep step in batch.Steps)
                _steps[(step.Item, step.StageIndex)] = step with { Value = step.Value.ToArray() };
            foreach (StoredChunk chunk in batch.Chunks)
                _chunks[(chunk.Item, chunk.StageIndex, chunk.Index)] = chunk with { Data = chunk.Data.ToArray() };
            foreach (StoredOnce once in batch.Onces)
                _onces[(once.Item, once.Stage, once.Key)] = once with { Answer = once.Answer.ToArray() };
            return true;
        }
    }

    public StoredItem? Find(string id)
    {
        using (Lock.Scope held = _lock.EnterScope())
            return _keys.TryGetValue(id, out long key) ? WithStep(_items[key]) : null;
    }

    public StoredStep? FindStep(long item, int stage)
    {
        lock (_lock)
            return _steps.GetValueOrDefault((item, stage));
    }

    public IReadOnlyList<StoredItem> CopyItems()
    {
        lock (_lock)
            return [.. _items.Values.Select(WithStep)];
    }

    public IReadOnlyList<StoredStep> CopySteps(string id)
    {
        lock (_lock)
            return _keys.TryGetValue(id, out long key) ? [.. _steps.Values.Where(step => step.Item == key).OrderBy(step => step.StageIndex)] : [];
    }

    public IReadOnlyList<StoredChunk> CopyChunks(long item, int stage)
    {
        lock (_lock)
            return [.. _chunks.Values.Where(chunk => chunk.Item == item && chunk.StageIndex == stage).OrderBy(chunk => chunk.Index)];
    }

    public IReadOnlyList<StoredOnce> CopyOnces(long item)
    {
        lock (_lock)
            return [.. _onces.Values.Where(once => once.Item == item)];
    }

    public void SetMark(long epoch, int slot, StartMark? mark)
    {
        lock (_lock)
        {
            // The marks of a crashed owner stay unchanged, although its attempts may still run for a while in a test.
            if (_epoch != epoch || !_isOwned)
                return;
            if (mark is { } set)
                _marks[(epoch, slot)] = set;
            else
                _marks.Remove((epoch, slot));
        }
    }

    public void SetPlannedEnd(long epoch, bool isPlanned)
    {
        lock (_lock)
        {
            if (_epoch != epoch || !_isOwned)
                return;
            if (isPlanned)
                _plannedEnds.Add(epoch);
            else
                _plannedEnds.Remove(epoch);
        }
    }

    public void ForgetMarksBefore(long epoch)
    {
        using (Lock.Scope held = _lock.EnterScope())
            Forget(mark => mark < epoch, held);
    }

    public StoredRun Describe(string runId)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            return Describe(runId, held) with
            {
                Unfinished = _items.Values.LongCount(item => item.State == StoredItemState.Unfinished),
                Succeeded = _items.Values.LongCount(item => item.State == StoredItemState.Succeeded),
                Failed = _items.Values.LongCount(item => item.State == StoredItemState.Failed),
                Canceled = _items.Values.LongCount(item => item.State == StoredItemState.Canceled),
                Filtered = _items.Values.LongCount(item => item.State == StoredItemState.Filtered),
            };
        }
    }

    /// <summary>The run without its counts.</summary>
    public StoredRun DescribeUncounted(string runId)
    {
        using (Lock.Scope held = _lock.EnterScope())
            return Describe(runId, held);
    }

    private static string Owner => $"process {Environment.ProcessId} on {Environment.MachineName}";

    private StoredRun Describe(string runId, in Lock.Scope held) => new()
    {
        RunId = runId,
        CreatedAt = _createdAt,
        WrittenAt = _writtenAt,
        Epoch = _epoch,
        Owner = _isOwned ? Owner : null,
        Description = _description,
        Unfinished = StoredRun.NotCounted,
        Succeeded = StoredRun.NotCounted,
        Failed = StoredRun.NotCounted,
        Canceled = StoredRun.NotCounted,
        Filtered = StoredRun.NotCounted,
    };

    private void Forget(Func<long, bool> ofEpoch, in Lock.Scope held)
    {
        foreach ((long Epoch, int Slot) key in _marks.Keys.Where(key => ofEpoch(key.Epoch)).ToList())
            _marks.Remove(key);
    }

    private StoredItem WithStep(StoredItem item) => item with { LastStep = _steps.GetValueOrDefault((item.Key, item.ValueStage)) };
}
