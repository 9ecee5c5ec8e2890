namespace AntFlow.Dataflow;

/// <summary>Decides which suspects may run together. A suspect is an item that ran at a crash of the process and has not passed its stage since; at most <see cref="ItemRecord.MaxConcurrentSuspects"/>
/// suspects may run while it runs, itself included. Pure.</summary>
/// <remarks>
/// <para>A suspect starts only while the number of running suspects is below the smallest width among those and its own. Of the waiting suspects, the most urgent one that may start comes first
/// (priority, then order of acceptance): a suspect that has to run alone does not hold back others that may run together.</para>
/// <para>A suspect that may start again returns to the front of its stage and asks again when a worker takes it. It gets no permission before that: the stage may be paused, or have thousands of
/// more urgent items, and suspects of other stages would wait needlessly. So each stage gets back as many as could start if the other stages sent none.</para>
/// </remarks>
internal sealed class SuspectScheduler
{
    private readonly Dictionary<ItemRecord, Running> _running = [];
    private readonly SortedDictionary<int, int> _widths = [];
    private readonly SortedDictionary<int, SortedDictionary<Order, ItemRecord>> _held = [];
    private int _leastWidth = int.MaxValue;

    /// <summary>How many suspects run, over all stages.</summary>
    public int Count => _running.Count;

    /// <summary>How many suspects may run together while the present ones run; <see cref="int.MaxValue"/> if none runs.</summary>
    public int LeastWidth => _leastWidth;

    /// <summary>Returns whether a suspect may start now.</summary>
    public bool MayStart(ItemRecord suspect) => _running.Count < Math.Min(_leastWidth, suspect.MaxConcurrentSuspects);

    /// <summary>Lets a suspect start in a stage, if it may.</summary>
    public bool TryStart(ItemRecord suspect, int stage)
    {
        if (!MayStart(suspect))
            return false;
        _running.Add(suspect, new Running(suspect.MaxConcurrentSuspects, stage, suspect.Crashes));
        _widths[suspect.MaxConcurrentSuspects] = _widths.GetValueOrDefault(suspect.MaxConcurrentSuspects) + 1;
        _leastWidth = Math.Min(_leastWidth, suspect.MaxConcurrentSuspects);
        return true;
    }

    /// <summary>Notes that nothing of a suspect runs any more.</summary>
    public void End(ItemRecord suspect)
    {
        if (!_running.Remove(suspect, out Running ended))
            return;
        if (--_widths[ended.Width] > 0)
            return;
        _widths.Remove(ended.Width);
        _leastWidth = int.MaxValue;
        foreach (int width in _widths.Keys)
        {
            _leastWidth = width;
            break;
        }
    }

    /// <summary>Lets a suspect that may not start wait.</summary>
    public void Enqueue(ItemRecord suspect, int stage)
    {
        if (!_held.TryGetValue(stage, out SortedDictionary<Order, ItemRecord>? held))
            _held.Add(stage, held = []);
        held.Add(new Order(suspect.Priority, suspect.Sequence, suspect.Key), suspect);
    }

    /// <summary>Takes out the suspects that may start now, the most urgent ones of each stage first.</summary>
    public IReadOnlyList<(int Stage, ItemRecord Suspect)> TakeStartable()
    {
        List<(int Stage, ItemRecord Suspect)>? startable = null;
        foreach ((int stage, SortedDictionary<Order, ItemRecord> held) in _held)
        {
            int running = _running.Count;
            int least = _leastWidth;
            List<Order>? taken = null;
            foreach ((Order order, ItemRecord suspect) in held)
            {
                if (running >= least)
                    break;
                if (running >= suspect.MaxConcurrentSuspects)
                    continue;
                running++;
                least = Math.Min(least, suspect.MaxConcurrentSuspects);
                (taken ??= []).Add(order);
                (startable ??= []).Add((stage, suspect));
            }

            foreach (Order order in taken ?? [])
                held.Remove(order);
        }

        return startable ?? [];
    }

    /// <summary>Returns the suspects that run in a stage, and the limit over all stages.</summary>
    public SuspectCounts CountIn(int stage)
    {
        int running = 0;
        (int fewest, int most) = (0, 0);
        foreach (Running suspect in _running.Values)
        {
            if (suspect.Stage != stage)
                continue;
            fewest = running == 0 ? suspect.Crashes : Math.Min(fewest, suspect.Crashes);
            most = Math.Max(most, suspect.Crashes);
            running++;
        }

        return new SuspectCounts(running, fewest, most, _running.Count == 0 ? 0 : _leastWidth);
    }

    private readonly record struct Running(int Width, int Stage, int Crashes);

    /// <summary>The place of a suspect among those of its stage. The key is for records of items that were not accepted.</summary>
    private readonly record struct Order(int Priority, long Sequence, long Key) : IComparable<Order>
    {
        public int CompareTo(Order other) => (Priority, Sequence, Key).CompareTo((other.Priority, other.Sequence, other.Key));
    }
}

/// <summary>The suspects of a stage that run.</summary>
/// <param name="Running">The number of running suspects.</param>
/// <param name="FewestCrashes">The fewest crashes at which one of them ran; 0 without any.</param>
/// <param name="MostCrashes">The most crashes at which one of them ran; 0 without any.</param>
/// <param name="Together">How many may run together, over all stages; 0 while none runs.</param>
internal readonly record struct SuspectCounts(int Running, int FewestCrashes, int MostCrashes, int Together);
