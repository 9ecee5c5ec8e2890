namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The <c>OnceAsync</c> calls of one item, finished or running. Guarded by the lock of its record.</summary>
internal sealed class ItemOnces
{
    private readonly Dictionary<(string Stage, string Key), OnceEntry> _entries = [];
    private readonly bool _isDamaged;

    public ItemOnces()
    {
    }

    /// <param name="stored">The intact rows of an earlier process.</param>
    /// <param name="isDamaged">Whether there were corrupt rows as well: then any other call may have been begun.</param>
    public ItemOnces(IEnumerable<StoredOnce> stored, bool isDamaged)
    {
        _isDamaged = isDamaged;
        foreach (StoredOnce once in stored)
            _entries[(once.Stage, once.Key)] = new OnceEntry { Stored = once, Generation = once.Generation };
    }

    public OnceEntry Get(string stage, string key)
    {
        if (!_entries.TryGetValue((stage, key), out OnceEntry? entry))
            _entries.Add((stage, key), entry = new OnceEntry { Progress = _isDamaged ? OnceProgress.Uncertain : OnceProgress.NotBegun });
        return entry;
    }
}
