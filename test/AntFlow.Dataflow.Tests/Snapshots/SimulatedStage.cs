namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>What a stage of a simulated run is like.</summary>
internal sealed record StagePlan(string Name, int Workers, Func<Random, double> Seconds)
{
    public int Capacity { get; init; } = Workers * 10;

    /// <summary>The share of calls that fail.</summary>
    public double Fails { get; init; }

    public int Attempts { get; init; } = 1;

    /// <summary>How long to wait after the attempt of that number.</summary>
    public Func<int, double> Delay { get; init; } = _ => 0;
}

/// <summary>A stage of a simulated run: the same rules as those of the engine, and none of its code.</summary>
internal sealed class SimulatedStage(StagePlan plan)
{
    private readonly PriorityQueue<SimulatedItem, long> _returning = new();
    private readonly Queue<SimulatedItem> _fresh = new();
    private readonly long[] _passes = new long[PassSpread.Buckets];
    private double _passSeconds;

    public StagePlan Plan { get; } = plan;

    public SimulatedWorker[] Workers { get; } = [.. Enumerable.Range(0, plan.Workers).Select(i => new SimulatedWorker($"{plan.Name}-W{i}"))];

    public int WorkerCount { get; private set; } = plan.Workers;

    /// <summary>The workers there are, and those taken away that still run.</summary>
    public IEnumerable<SimulatedWorker> SeenWorkers => Workers.Where((worker, i) => i < WorkerCount || worker.Item is not null);

    public List<Action> WaitingForRoom { get; } = [];

    public List<(double DueAt, SimulatedItem Item)> Retrying { get; } = [];

    public int Places { get; set; }

    public long Arrived { get; set; }

    public long Completed { get; set; }

    public long Failed { get; set; }

    public long Attempts { get; set; }

    public int Blocked { get; set; }

    public bool IsAboveCapacity => _fresh.Count > Plan.Capacity;

    public void Resize(int workers) => WorkerCount = workers;

    public SimulatedWorker? FindFree() => Workers.Take(WorkerCount).FirstOrDefault(worker => worker.IsFree);

    public void Enqueue(SimulatedItem item)
    {
        item.Ticket = Arrived++;
        item.Attempt = 0;
        _fresh.Enqueue(item);
    }

    public void Return(SimulatedItem item) => _returning.Enqueue(item, item.Ticket);

    /// <summary>The next item that may start, the oldest first; those that return have their places.</summary>
    public SimulatedItem? Take()
    {
        bool mayTakeFresh = _fresh.Count > 0 && Places < WorkerCount;
        if (_returning.Count > 0 && !(mayTakeFresh && _fresh.Peek().Ticket < _returning.Peek().Ticket))
            return _returning.Dequeue();
        if (!mayTakeFresh)
            return null;
        Places++;
        return _fresh.Dequeue();
    }

    /// <summary>Takes the continuations that may run because there is room again.</summary>
    public List<Action> TakeReleased()
    {
        if (_fresh.Count > Plan.Capacity / 2)
            return [];
        List<Action> released = [.. WaitingForRoom];
        WaitingForRoom.Clear();
        return released;
    }

    public void CountPass(double seconds)
    {
        _passes[PassSpread.BucketOf((long)(seconds * TimeSpan.TicksPerSecond))]++;
        _passSeconds += seconds;
        Completed++;
    }

    public StageSnapshot Look(DateTimeOffset start, bool isPaused) => new()
    {
        Name = Plan.Name,
        Workers = WorkerCount,
        QueueCapacity = Plan.Capacity,
        Queued = _fresh.Count + _returning.Count,
        Retrying = Retrying.Count,
        InProgress = Workers.Count(worker => worker.Item is not null),
        BlockedWorkers = Blocked,
        Arrived = Arrived,
        Completed = Completed,
        Failed = Failed,
        Attempts = Attempts,
        IsPaused = isPaused,
        MaxInFlight = WorkerCount,
        RemovedBusyTime = TimeSpan.FromSeconds(Workers.Except(SeenWorkers).Sum(worker => worker.Busy)),
        RetryDelays = [.. Enumerable.Range(1, Plan.Attempts - 1).Select(attempt => TimeSpan.FromSeconds(Plan.Delay(attempt)))],
        NextAttemptAt = Retrying.Count == 0 ? null : start.AddSeconds(Retrying.Min(waiting => waiting.DueAt)),
        NextAttempts = [.. Retrying.OrderBy(waiting => waiting.DueAt).Take(5).Select(waiting => new WaitingItem
        {
            ItemId = waiting.Item.Number,
            Attempt = waiting.Item.Attempt + 1,
            DueAt = start.AddSeconds(waiting.DueAt),
        })],
        AverageTime = Completed == 0 ? null : TimeSpan.FromSeconds(_passSeconds / Completed),
        Times = [.. new PassSpread([.. _passes], TimeSpan.TicksPerSecond).GetBuckets().Select(bucket => new TimeBucket(bucket.Least, bucket.Most, (long)bucket.Count))],
    };
}

internal sealed class SimulatedItem(long number)
{
    public long Number { get; } = number;

    public long Ticket { get; set; }

    public int Attempt { get; set; }
}

internal sealed class SimulatedWorker(string name)
{
    public string Name { get; } = name;

    public SimulatedItem? Item { get; set; }

    public double Since { get; set; }

    public double Busy { get; set; }

    public long Processed { get; set; }

    public long Failed { get; set; }

    public bool IsBlocked { get; set; }

    public bool IsFree => Item is null && !IsBlocked;

    public WorkerSnapshot Look(string stage, DateTimeOffset start) => new()
    {
        Name = Name,
        Stage = stage,
        IsBusy = Item is not null,
        ItemId = Item is { } item ? new ItemId(item.Number) : (ItemId?)null,
        Since = start.AddSeconds(Since),
        Processed = Processed,
        Failed = Failed,
        BusyTime = TimeSpan.FromSeconds(Busy),
    };
}
