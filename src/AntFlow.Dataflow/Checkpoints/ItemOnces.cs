namespace AntFlow.Dataflow;

/// <summary>What one item has done once, or is doing. Guarded by the lock of its record.</summary>
internal sealed class ItemOnces
{
    private readonly Dictionary<(string Stage, string Key), OnceEntry> _entries = [];
    private readonly bool _isDamaged;

    public ItemOnces()
    {
    }

    /// <param name="stored">What an earlier life has stored, and is whole.</param>
    /// <param name="isDamaged">Whether there was more, which is not whole: then anything else may have been begun.</param>
    public ItemOnces(IEnumerable<StoredOnce> stored, bool isDamaged)
    {
        _isDamaged = isDamaged;
        foreach (StoredOnce once in stored)
            _entries[(once.Stage, once.Key)] = new OnceEntry { Stored = once, Generation = once.Generation };
    }

    public OnceEntry Get(string stage, string key)
    {
        if (!_entries.TryGetValue((stage, key), out OnceEntry? entry))
            _entries.Add((stage, key), entry = new OnceEntry { IsBegun = _isDamaged, IsUncertain = _isDamaged });
        return entry;
    }
}

/// <summary>Something an item does once.</summary>
internal sealed class OnceEntry
{
    /// <summary>What an earlier life has stored of it, until somebody has looked at it, which takes the type of the answer.</summary>
    public StoredOnce? Stored { get; set; }

    /// <summary>How often it was forgotten.</summary>
    public int Generation { get; set; }

    /// <summary>Whether it was begun, in this life or an earlier one.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Whether it was begun in an earlier life, and what became of it there is not known.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>Whether it is done.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether the answer is in the store.</summary>
    public bool IsAnswerStored { get; set; }

    /// <summary>The answer, serialized.</summary>
    public ReadOnlyMemory<byte> Answer { get; set; }

    /// <summary>The type of the answer.</summary>
    public Type? AnswerType { get; set; }

    /// <summary>The answer, where there is no store.</summary>
    public object? Value { get; set; }

    /// <summary>Who is doing it at present: others with the same name wait for him.</summary>
    public Task? Running { get; set; }
}
