namespace AntFlow.Dataflow;

/// <summary>The keys of a stage in which one item of a key is at a time: which item has a key, and which wait for it. Pure: no lock, no time, no user code. Guarded by the lock of the pool.</summary>
/// <remarks>The key of an item is asked for outside the lock, and the answers of two workers may come in either order. Items get their keys in the order in which they were taken from the queue all the
/// same: an item whose key is known waits until those that were taken before it are known, too.</remarks>
internal sealed class KeyLines
{
    private readonly Dictionary<ItemId, KeyLine> _lines = [];
    private readonly List<KeyRequest> _requests = [];

    /// <summary>The number of items that no worker holds and that wait for their key.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>The number of keys that an item has.</summary>
    public int KeyCount => _lines.Count;

    /// <summary>The number of items that were taken and did not get their key, or a place in its line, yet.</summary>
    public int RequestCount => _requests.Count;

    /// <summary>Notes that an item was taken from the queue, and that its key is asked for.</summary>
    public void Begin(Item item)
    {
        var request = new KeyRequest(item);
        item.KeyState = request;
        _requests.Add(request);
    }

    /// <summary>Notes the key of an item that a worker holds.</summary>
    /// <param name="item">The item.</param>
    /// <param name="key">Its key.</param>
    /// <param name="released">Receives the items that have their key now and that no worker holds: they return to the queue.</param>
    /// <returns>Whether the item has its key. If not, it waits, and the worker no longer holds it.</returns>
    public bool Enter(Item item, ItemId key, List<Item> released)
    {
        var request = (KeyRequest)item.KeyState!;
        request.Key = key;
        Advance(holding: item, released);
        if (item.KeyState is KeyLine)
            return true;
        request.IsAside = true;
        WaitingCount++;
        return false;
    }

    /// <summary>Notes that an item needs no key: it is skipped, has none, or has ended.</summary>
    /// <inheritdoc cref="Enter"/>
    public void Withdraw(KeyRequest request, List<Item> released)
    {
        request.Item.KeyState = null;
        _requests.Remove(request);
        Advance(holding: null, released);
    }

    /// <summary>Takes the key away from the item that has it, and gives it to the most urgent item that waits for it.</summary>
    /// <returns>The item that has the key now, and returns to the queue; null if none waits.</returns>
    public Item? Leave(KeyLine line)
    {
        if (line.Waiting is not { Count: > 0 } waiting)
        {
            _lines.Remove(line.Key);
            return null;
        }

        WaitingCount--;
        Item next = waiting.Dequeue();
        next.KeyState = line;
        return next;
    }

    /// <summary>Takes out the waiting items that may not continue once the run is closing.</summary>
    public void Drain(Func<Item, bool> mayGoOn, List<Item> ended)
    {
        foreach (KeyRequest request in _requests.Where(request => request.IsAside && !mayGoOn(request.Item)).ToList())
        {
            _requests.Remove(request);
            End(request.Item, ended);
        }

        foreach (KeyLine line in _lines.Values)
        {
            if (line.Waiting is not { Count: > 0 } waiting)
                continue;
            Item[] all = [.. waiting.UnorderedItems.Select(entry => entry.Element).OrderBy(ItemOrder.Of)];
            waiting.Clear();
            foreach (Item item in all)
            {
                if (mayGoOn(item))
                    waiting.Enqueue(item, ItemOrder.Of(item));
                else
                    End(item, ended);
            }
        }
    }

    private void End(Item item, List<Item> ended)
    {
        item.KeyState = null;
        WaitingCount--;
        ended.Add(item);
    }

    /// <summary>Serves the requests whose key is known, in their order, up to the first one whose key is not.</summary>
    private void Advance(Item? holding, List<Item> released)
    {
        while (_requests is [{ Key: { } key } request, ..])
        {
            _requests.RemoveAt(0);
            Serve(request, key, holding, released);
        }
    }

    private void Serve(KeyRequest request, ItemId key, Item? holding, List<Item> released)
    {
        Item item = request.Item;
        if (_lines.TryGetValue(key, out KeyLine? line))
        {
            item.KeyState = null;
            (line.Waiting ??= new PriorityQueue<Item, (int Priority, long Ticket)>()).Enqueue(item, ItemOrder.Of(item));
            return;
        }

        _lines.Add(key, line = new KeyLine(key));
        item.KeyState = line;
        if (item == holding)
            return;
        WaitingCount--;
        released.Add(item);
    }
}

/// <summary>The items that wait for a key which another item has.</summary>
internal sealed class KeyLine(ItemId key)
{
    public ItemId Key { get; } = key;

    /// <summary>The items, the most urgent one first; null until one waits.</summary>
    public PriorityQueue<Item, (int Priority, long Ticket)>? Waiting { get; set; }
}

/// <summary>An item that was taken from the queue, and whose key is asked for.</summary>
internal sealed class KeyRequest(Item item)
{
    public Item Item { get; } = item;

    /// <summary>Its key; null while it is not known.</summary>
    public ItemId? Key { get; set; }

    /// <summary>Whether no worker holds the item any more.</summary>
    public bool IsAside { get; set; }
}
