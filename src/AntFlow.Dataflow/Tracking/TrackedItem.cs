namespace AntFlow.Dataflow;

/// <summary>The history of one item: the newest events, packed, in the order of what happened.</summary>
/// <remarks>The lock is taken by the one thread that owns the item and writes, and by whoever reads. An event takes 16 bytes; errors, which are rare, are
/// kept beside.</remarks>
internal sealed class TrackedItem(TrackedRun run, ItemId id, IReadOnlyDictionary<string, object?> metadata)
{
    private const int SmallCapacity = 8;

    private readonly Lock _lock = new();
    private PackedEvent[] _events = [];
    private Dictionary<int, Exception>? _errors;
    private int _count;

    public TrackedRun Run { get; } = run;

    public ItemId Id { get; } = id;

    /// <summary>An earlier item of the same id. Guarded by the lock of the tracker.</summary>
    public TrackedItem? Earlier { get; set; }

    public ItemStatus LastStatus
    {
        get
        {
            lock (_lock)
                return _count == 0 ? ItemStatus.Queued : At(_count - 1).Status;
        }
    }

    public void Add(in ItemMoment moment, int maxEvents)
    {
        lock (_lock)
        {
            if (_count == _events.Length && _events.Length < maxEvents)
                Array.Resize(ref _events, Math.Min(Math.Max(_events.Length * 2, SmallCapacity), maxEvents));
            int slot = _count % _events.Length;
            _errors?.Remove(slot);
            if (moment.Error is not null)
                (_errors ??= [])[slot] = moment.Error;
            _events[slot] = new PackedEvent(moment);
            _count++;
        }
    }

    public StatusEvent? Last()
    {
        lock (_lock)
            return _count == 0 ? null : ToEvent(_count - 1);
    }

    public void CopyTo(List<StatusEvent> events)
    {
        lock (_lock)
        {
            for (int i = Math.Max(0, _count - _events.Length); i < _count; i++)
                events.Add(ToEvent(i));
        }
    }

    private PackedEvent At(int index) => _events[index % _events.Length];

    private StatusEvent ToEvent(int index)
    {
        PackedEvent packed = At(index);
        string stage = Run.Stages[packed.Stage];
        return new StatusEvent
        {
            RunId = Run.RunId,
            ItemId = Id,
            Stage = stage,
            Status = packed.Status,
            Worker = packed.Worker < 0 ? null : WorkerNames.Of(stage, packed.Worker),
            WorkerIndex = packed.Worker,
            Timestamp = Run.Clock.At(packed.Timestamp),
            Attempt = packed.Attempt,
            Error = _errors is not null && _errors.TryGetValue(index % _events.Length, out Exception? error) ? error : null,
            Metadata = metadata,
        };
    }

    private readonly struct PackedEvent(in ItemMoment moment)
    {
        private readonly uint _kind = ((uint)moment.Status << 29) | ((uint)Math.Min(moment.StageIndex, (1 << 13) - 1) << 16) | (uint)Math.Min(moment.Attempt, ushort.MaxValue);

        public long Timestamp { get; } = moment.Timestamp;

        public int Worker { get; } = moment.WorkerIndex;

        public ItemStatus Status => (ItemStatus)(_kind >> 29);

        public int Stage => (int)((_kind >> 16) & ((1 << 13) - 1));

        public int Attempt => (int)(_kind & ushort.MaxValue);
    }
}

/// <summary>What all items of one run have in common.</summary>
internal sealed record TrackedRun(string RunId, RunClock Clock, IReadOnlyList<string> Stages, long FirstSlot);
