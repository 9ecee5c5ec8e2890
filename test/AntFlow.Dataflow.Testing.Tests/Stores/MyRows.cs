namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>The rows of one run of <see cref="MyStore"/>. The lock guards all of them.</summary>
internal sealed class MyRows
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, StoredItem> _items = [];
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Item, int Stage), StoredStep> _steps = [];
    private readonly Dictionary<(long Item, int Stage, int Index), StoredChunk> _chunks = [];
    private readonly Dictionary<(long Item, string Stage, string Key), StoredOnce> _onces = [];
    private readonly Dictionary<(long Epoch, int Slot), StartMark> _marks = [];
    private readonly HashSet<long> _planned = [];
    private readonly DateTimeOffset _created = TimeProvider.System.GetUtcNow();
    private DateTimeOffset _written = TimeProvider.System.GetUtcNow();
    private string? _description;
    private long _epoch;
    private bool _isOwned;

    public string? Owner
    {
        get
        {
            lock (_lock)
                return _isOwned ? $"process {Environment.ProcessId} on {Environment.MachineName}" : null;
        }
    }

    public (string? Description, long Items, StartMark[] Interrupted, StartMark[] AsPlanned) Open(long epoch)
    {
        lock (_lock)
        {
            (_isOwned, _epoch, _written) = (true, epoch, TimeProvider.System.GetUtcNow());
            return (_description, _items.Count,
                [.. _marks.Values.Where(mark => !_planned.Contains(mark.Epoch))], [.. _marks.Values.Where(mark => _planned.Contains(mark.Epoch))]);
        }
    }

    public bool IsOwnedIn(long epoch)
    {
        lock (_lock)
            return _isOwned && _epoch == epoch;
    }

    public bool TryWrite(long epoch, CheckpointBatch batch)
    {
        lock (_lock)
        {
            if (!_isOwned || _epoch != epoch)
                return false;
            _description = batch.Description ?? _description;
            foreach (StoredItem item in batch.Items)
            {
                // The memory of the batch is the caller's again.
                _items[item.Key] = item with { Metadata = item.Metadata.ToArray(), Error = item.Error.ToArray(), LastStep = null };
                _keys[item.Id] = item.Key;
            }

            foreach (StoredStep step in batch.Steps)
                _steps[(step.Item, step.StageIndex)] = step with { Value = step.Value.ToArray() };
            foreach (StoredChunk chunk in batch.Chunks)
                _chunks[(chunk.Item, chunk.StageIndex, chunk.Index)] = chunk with { Data = chunk.Data.ToArray() };
            foreach (StoredOnce once in batch.Onces)
                _onces[(once.Item, once.Stage, once.Key)] = once with { Answer = once.Answer.ToArray() };
            _written = TimeProvider.System.GetUtcNow();
            return true;
        }
    }

    public StoredItem? FindItem(string id)
    {
        lock (_lock)
            return _keys.TryGetValue(id, out long key) ? WithLastStep(_items[key]) : null;
    }

    public StoredItem[] Items()
    {
        lock (_lock)
            return [.. _items.Values.Select(WithLastStep)];
    }

    public StoredStep? FindStep(long item, int stage)
    {
        lock (_lock)
            return _steps.GetValueOrDefault((item, stage));
    }

    public StoredStep[] StepsOf(string id)
    {
        lock (_lock)
            return _keys.TryGetValue(id, out long key) ? [.. _steps.Values.Where(step => step.Item == key).OrderBy(step => step.StageIndex)] : [];
    }

    public StoredChunk[] ChunksOf(long item, int stage)
    {
        lock (_lock)
            return [.. _chunks.Values.Where(chunk => chunk.Item == item && chunk.StageIndex == stage).OrderBy(chunk => chunk.Index)];
    }

    public StoredOnce[] OncesOf(long item)
    {
        lock (_lock)
            return [.. _onces.Values.Where(once => once.Item == item)];
    }

    public void Mark(long epoch, int slot, StartMark? mark)
    {
        lock (_lock)
        {
            // An owner that is none any more may still say that something has ended.
            if (!_isOwned || _epoch != epoch)
                return;
            if (mark is { } started)
                _marks[(epoch, slot)] = started;
            else
                _marks.Remove((epoch, slot));
        }
    }

    public void PlanEnd(long epoch, bool isPlanned)
    {
        lock (_lock)
        {
            if (!_isOwned || _epoch != epoch)
                return;
            if (isPlanned)
                _planned.Add(epoch);
            else
                _planned.Remove(epoch);
        }
    }

    public void ForgetBefore(long epoch)
    {
        lock (_lock)
        {
            foreach ((long Epoch, int Slot) old in _marks.Keys.Where(mark => mark.Epoch < epoch).ToArray())
                _marks.Remove(old);
        }
    }

    public void Close(long epoch, bool dies)
    {
        lock (_lock)
        {
            if (!_isOwned || _epoch != epoch)
                return;
            _isOwned = false;
            if (dies)
                return;
            foreach ((long Epoch, int Slot) own in _marks.Keys.Where(mark => mark.Epoch == epoch).ToArray())
                _marks.Remove(own);
        }
    }

    public StoredRun Describe(string runId, bool counts)
    {
        lock (_lock)
        {
            long Count(StoredItemState state) => counts ? _items.Values.Count(item => item.State == state) : StoredRun.NotCounted;
            return new StoredRun
            {
                RunId = runId,
                CreatedAt = _created,
                WrittenAt = _written,
                Epoch = _epoch,
                Owner = Owner,
                Description = _description,
                Unfinished = Count(StoredItemState.Unfinished),
                Succeeded = Count(StoredItemState.Succeeded),
                Failed = Count(StoredItemState.Failed),
                Canceled = Count(StoredItemState.Canceled),
                Filtered = Count(StoredItemState.Filtered),
            };
        }
    }

    private StoredItem WithLastStep(StoredItem item) => item with { LastStep = _steps.GetValueOrDefault((item.Key, item.ValueStageIndex ?? item.StageIndex - 1)) };
}
