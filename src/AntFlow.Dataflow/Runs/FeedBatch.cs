namespace AntFlow.Dataflow;

/// <summary>Items that are fed together: their envelopes, in order, until they are accepted.</summary>
/// <remarks>Owned by one feed call. The envelopes of a call that ends before they are accepted are left to the garbage collector.</remarks>
internal sealed class FeedBatch
{
    // One lock section for this many items is as long as a few sections for one item, and the delay of the first item is too short to notice.
    private const int Most = 16;

    private readonly Item[] _items = new Item[Most];
    private int _first;
    private int _end;

    public bool IsFull => _end == Most;

    /// <summary>The items to be accepted next.</summary>
    public ReadOnlySpan<Item> Items => _items.AsSpan(_first, _end - _first);

    public void Add(Item item) => _items[_end++] = item;

    /// <summary>Removes items that were accepted and are no longer owned by this batch. Once all are removed, it can be filled again.</summary>
    public void RemoveAccepted(int count)
    {
        _first += count;
        if (_first == _end)
            _first = _end = 0;
    }
}
