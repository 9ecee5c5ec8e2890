namespace AntFlow.Dataflow;

/// <summary>The ids accepted in this life of a run: each may come once. About a hundred bytes an id.</summary>
/// <remarks><b>The lock</b> guards the dictionary; nothing is called under it.</remarks>
internal sealed class ItemClaims
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ItemId, long> _sequences = [];

    /// <summary>Whether nobody has come with this id. The first to come has it, unless he gives it back.</summary>
    public bool TryClaim(ItemId id)
    {
        lock (_lock)
            return _sequences.TryAdd(id, -1);
    }

    /// <summary>Whether somebody has come with this id.</summary>
    public bool IsClaimed(ItemId id)
    {
        lock (_lock)
            return _sequences.ContainsKey(id);
    }

    /// <summary>Whoever has claimed the id was accepted.</summary>
    public void Accept(ItemId id, long sequence)
    {
        lock (_lock)
            _sequences[id] = sequence;
    }

    /// <summary>Whoever has claimed the id was not accepted.</summary>
    public void GiveBack(ItemId id) => TryEnd(id);

    /// <summary>Takes a claim away. False if there is none.</summary>
    public bool TryEnd(ItemId id)
    {
        lock (_lock)
            return _sequences.Remove(id);
    }

    /// <summary>The sequence number of whoever came first with this id; -1 if he has not been accepted yet.</summary>
    public long SequenceOf(ItemId id)
    {
        lock (_lock)
            return _sequences.GetValueOrDefault(id, -1);
    }
}
