namespace AntFlow.Dataflow;

/// <summary>Keeps the envelopes of finished items for new ones, so that a long run allocates hardly any.</summary>
/// <remarks>A stack without a lock: workers push envelopes, and a feeder takes all there are at once, which leaves nothing that could be mistaken for what it
/// was before. Abandoned items never come back here: their late body may still write to them.</remarks>
internal sealed partial class ItemPool
{
    private const int MaxKept = 4096;
    private const int MaxInHand = 16;

    private Item? _top;

    /// <summary>Takes an envelope.</summary>
    /// <param name="spare">The envelopes the caller took before and has not used yet.</param>
    public Item Rent(ref Item? spare)
    {
        Item? item = spare ?? Interlocked.Exchange(ref _top, null);
        if (item is null)
            return new Item();
        spare = item.NextInPool;
        item.NextInPool = null;
        return item;
    }

    /// <summary>Gives back what a caller has not used. Left to the collector if others have come back in the meantime.</summary>
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

    /// <summary>Gives an envelope back at once, or later together with others.</summary>
    /// <param name="item">The envelope.</param>
    /// <param name="inHand">The envelopes the caller has not given back yet, at most fifteen. Those of a worker that gets no more items stay with it until the run is over.</param>
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

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>Envelopes a worker is done with, for <see cref="ItemPool"/>. Mutable: a field that is neither copied nor readonly.</summary>
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
