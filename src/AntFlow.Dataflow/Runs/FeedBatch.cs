namespace AntFlow.Dataflow;

/// <summary>Items that are fed together: their envelopes, in their order, until they are accepted.</summary>
/// <remarks>Belongs to one feed call. Those of a call that ends before they are accepted are left to the collector.</remarks>
internal sealed class FeedBatch
{
    // A section for so many is as long as a few for one, and nobody notices how late the first of them is.
    private const int Most = 16;

    private readonly Item[] _items = new Item[Most];
    private int _first;
    private int _end;

    public bool IsFull => _end == Most;

    /// <summary>What is to be accepted next.</summary>
    public ReadOnlySpan<Item> Items => _items.AsSpan(_first, _end - _first);

    public void Add(Item item) => _items[_end++] = item;

    /// <summary>So many more are accepted, and no longer ours. Once all are, it can be filled again.</summary>
    public void RemoveAccepted(int count)
    {
        _first += count;
        if (_first == _end)
            _first = _end = 0;
    }
}
