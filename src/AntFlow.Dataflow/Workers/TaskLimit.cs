namespace AntFlow.Dataflow;

/// <summary>Lets at most a given number of workers run a task at once, in (priority, ticket) order of their items. Pure: no lock, no waiting of its own.</summary>
internal sealed class TaskLimit(int limit)
{
    private readonly PriorityQueue<Worker, (int Priority, long Ticket)> _waiting = new();

    public Permits Permits { get; } = new(limit);

    /// <summary>The number of workers that wait, each with its item.</summary>
    public int WaitingCount => _waiting.Count;

    public void Line(Worker worker, Item item) => _waiting.Enqueue(worker, (item.Priority, item.Visit.Ticket));

    /// <summary>Gives a free permit to the most urgent waiter.</summary>
    public bool TryGrant(out Worker worker)
    {
        if (!Permits.IsAvailable || !_waiting.TryDequeue(out worker!, out _))
        {
            worker = null!;
            return false;
        }

        return Permits.TryTake();
    }

    /// <summary>Takes out all workers whose item may not continue.</summary>
    public List<Worker> RemoveWhere(Func<Item, bool> remove)
    {
        List<Worker> removed = [];
        List<(Worker Worker, (int Priority, long Ticket) Order)> kept = [];
        while (_waiting.TryDequeue(out Worker? worker, out (int Priority, long Ticket) order))
        {
            if (remove(worker.Item!))
                removed.Add(worker);
            else
                kept.Add((worker, order));
        }

        _waiting.EnqueueRange(kept);
        return removed;
    }
}
