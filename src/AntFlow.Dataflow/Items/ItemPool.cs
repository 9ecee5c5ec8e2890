namespace AntFlow.Dataflow;

/// <summary>Keeps the envelopes of finished items for new items, so that a long run allocates hardly any.</summary>
/// <remarks>A lock-free stack. Workers push envelopes, and a feeder takes all of them at once, so that the ABA problem cannot occur. Envelopes of abandoned items are never returned, because their
/// late task may still write to them.</remarks>
internal sealed partial class ItemPool
{
    private const int MaxKept = 4096;
    private const int MaxInHand = 16;

    private Item? _top;

    /// <summary>Takes an envelope.</summary>
    /// <param name="spare">The envelopes that the caller took before and has not used yet.</param>
    public Item Rent(ref Item? spare)
    {
        Item? item = spare ?? Interlocked.Exchange(ref _top, null);
        if (item is null)
            return new Item();
        spare = item.NextInPool;
        item.NextInPool = null;
        return item;
    }

    /// <summary>Returns envelopes that a caller has not used. They are left to the garbage collector if others were returned meanwhile.</summary>
    public void ReturnSpare(Item? spare)
    {
        if (spare is not null)
            Interlocked.CompareExchange(ref _top, spare, null);
    }

    public void Return(Item item)
    {
        item.Clear();
        Push(item, item, count: 1);
    }

    /// <summary>Returns an envelope at once, or later together with others.</summary>
    /// <param name="item">The envelope.</param>
    /// <param name="inHand">The envelopes that the caller has not returned yet, at most fifteen. A worker that gets no more items keeps its envelopes until the run is over.</param>
    public void Return(Item item, ref ItemsInHand inHand)
    {
        item.Clear();
        inHand.Add(item);
        if (inHand.Count < MaxInHand)
            return;
        Push(inHand.First!, inHand.Last!, inHand.Count);
        ItemsInHand none = default;
        Broken("envelopes-given-back-twice", ref none, inHand);
        inHand = none;
    }

    private void Push(Item first, Item last, int count)
    {
        Item? top = Volatile.Read(ref _top);
        while (true)
        {
            first.DepthInPool = (top?.DepthInPool ?? 0) + count;
            if (first.DepthInPool > MaxKept)
                return;
            last.NextInPool = top;
            Item? found = Interlocked.CompareExchange(ref _top, first, top);
            if (found == top)
                return;
            top = found;
        }
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>Envelopes that a worker no longer needs and has not yet returned to the <see cref="ItemPool"/>. Mutable: a field that is neither copied nor readonly.</summary>
internal struct ItemsInHand
{
    public Item? First { get; private set; }

    public Item? Last { get; private set; }

    public int Count { get; private set; }

    public void Add(Item item)
    {
        item.NextInPool = First;
        First = item;
        Last ??= item;
        Count++;
    }
}
