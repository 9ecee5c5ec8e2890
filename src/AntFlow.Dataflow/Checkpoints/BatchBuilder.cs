namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Combines writes into one batch, in which each key occurs once: the latest row of a key counts. Pure.</summary>
internal sealed class BatchBuilder
{
    private const int MaxWrites = 2_048;
    private const long MaxBytes = 4 << 20;

    private readonly Dictionary<long, int> _itemAt = [];
    private readonly Dictionary<(long Item, int Stage), int> _stepAt = [];
    private readonly Dictionary<(long Item, string Stage, string Key), int> _onceAt = [];
    private List<StoredItem> _items = [];
    private List<StoredStep> _steps = [];
    private List<StoredOnce> _onces = [];
    private List<StoredChunk> _chunks = [];
    private string? _description;
    private long _bytes;

    /// <summary>The writes in the batch.</summary>
    public List<PendingWrite> Writes { get; private set; } = [];

    /// <summary>Whether nothing more should be added: others wait for this batch.</summary>
    public bool IsFull => Writes.Count >= MaxWrites || _bytes >= MaxBytes;

    public bool IsEmpty => Writes.Count == 0 && _chunks.Count == 0;

    /// <summary>Adds a whole write: a write is never split across two batches.</summary>
    public void Add(PendingWrite write)
    {
        Writes.Add(write);
        _bytes += write.Bytes;
        _description = write.Description?.Invoke() ?? _description;
        if ((write.Item ?? NeededSpare(write)) is { } item)
            Put(_items, _itemAt, item.Key, item);
        foreach ((_, StoredItem further) in write.Rest)
            Put(_items, _itemAt, further.Key, further);
        if (write.Step is { } step)
            Put(_steps, _stepAt, (step.Item, step.StageIndex), step);
        if (write.Once is { } once)
            Put(_onces, _onceAt, (once.Item, once.Stage, once.Key), once);
    }

    public void Add(StoredChunk chunk)
    {
        _chunks.Add(chunk);
        _bytes += chunk.Data.Length;
    }

    /// <summary>Returns the batch, and begins an empty one.</summary>
    public (CheckpointBatch Batch, List<PendingWrite> Writes) Build()
    {
        var batch = new CheckpointBatch { Description = _description, Items = _items, Steps = _steps, Onces = _onces, Chunks = _chunks };
        List<PendingWrite> writes = Writes;
        (Writes, _items, _steps, _onces, _chunks, _description, _bytes) = ([], [], [], [], [], null, 0);
        _itemAt.Clear();
        _stepAt.Clear();
        _onceAt.Clear();
        return (batch, writes);
    }

    // Whether an earlier write has succeeded is only known now.
    private StoredItem? NeededSpare(PendingWrite write) =>
        write is { Spare: { } spare, Record.IsStored: false } && !_itemAt.ContainsKey(spare.Key) ? spare : null;

    private static void Put<TKey, TRow>(List<TRow> rows, Dictionary<TKey, int> at, TKey key, TRow row)
        where TKey : notnull
    {
        if (at.TryGetValue(key, out int index))
        {
            rows[index] = row;
        }
        else
        {
            at.Add(key, rows.Count);
            rows.Add(row);
        }
    }
}
