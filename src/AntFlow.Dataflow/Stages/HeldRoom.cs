namespace AntFlow.Dataflow;

/// <summary>Where the suspects of a stage wait until fewer suspects run. Pure; guarded by the lock of the stage.</summary>
/// <remarks>By their records: an envelope may carry another item by the time somebody comes for it.</remarks>
internal sealed class HeldRoom
{
    private Dictionary<ItemRecord, Item>? _items;

    public int Count => _items?.Count ?? 0;

    /// <summary>The smallest width; 0 without any.</summary>
    public int LeastWidth => Count == 0 ? 0 : _items!.Keys.Min(record => record.Width);

    /// <summary>At how many crashes those ran that ran at the most; 0 without any.</summary>
    public int MostCrashes => Count == 0 ? 0 : _items!.Keys.Max(record => record.Crashes);

    /// <summary>At how many crashes those ran that ran at the fewest; 0 without any.</summary>
    public int FewestCrashes => Count == 0 ? 0 : _items!.Keys.Min(record => record.Crashes);

    public void Add(Item item) => (_items ??= []).Add(item.Record!, item);

    /// <summary>Takes an item out. False if it is not here any more.</summary>
    public bool TryTake(ItemRecord record, out Item item)
    {
        item = null!;
        return _items is not null && _items.Remove(record, out item!);
    }

    /// <summary>Takes out what may not go on.</summary>
    public void Drain(Closing closing, List<Item> ended)
    {
        if (_items is null)
            return;
        foreach (Item item in _items.Values.Where(item => !closing.MayGoOn(item)).OrderBy(item => (item.Priority, item.Visit.Ticket)).ToList())
        {
            _items.Remove(item.Record!);
            ended.Add(item);
        }
    }
}
