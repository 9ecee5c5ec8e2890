namespace AntFlow.Dataflow;

/// <summary>Keeps the envelopes of finished items for new ones, so that a long run allocates none.</summary>
/// <remarks>The lock guards the array and its count, and nothing is called under it. Abandoned items never come back here: their late
/// body may still write to them.</remarks>
internal sealed class ItemPool
{
    private const int MaxKept = 4096;

    private readonly Lock _lock = new();
    private Item?[] _kept = new Item?[64];
    private int _count;

    public Item Rent()
    {
        lock (_lock)
        {
            if (_count > 0)
            {
                Item item = _kept[--_count]!;
                _kept[_count] = null;
                return item;
            }
        }

        return new Item();
    }

    public void Return(Item item)
    {
        item.Clear();
        lock (_lock)
        {
            if (_count == MaxKept)
                return;
            if (_count == _kept.Length)
                Array.Resize(ref _kept, _count * 2);
            _kept[_count++] = item;
        }
    }
}
