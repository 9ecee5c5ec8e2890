namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>List scheduling as it is in books: whenever a worker of a stage is free, it takes the item that arrived there first.</summary>
internal sealed class IdealSchedule
{
    private readonly long[][] _durations;
    private readonly int[] _free;
    private readonly Queue<int>[] _waiting;
    private readonly PriorityQueue<(int Stage, int Item), long> _ends = new();

    /// <summary>Simulates a pipeline.</summary>
    /// <param name="durations">How long each item takes in each stage: first the stage, then the item.</param>
    /// <param name="workers">The workers of each stage.</param>
    public IdealSchedule(long[][] durations, int[] workers)
    {
        _durations = durations;
        _free = [.. workers];
        _waiting = [.. workers.Select(_ => new Queue<int>())];
        for (int item = 0; item < durations[0].Length; item++)
            Arrive(0, item, 0);
        Asleep.Add(_ends.Count);
        while (_ends.TryDequeue(out (int Stage, int Item) end, out long now))
        {
            if (now == Makespan)
                throw new InvalidOperationException("Two ends at one instant: who is first is not defined. Take other durations.");
            Makespan = now;
            End(end.Stage, end.Item, now);
            Asleep.Add(_ends.Count);
        }
    }

    /// <summary>How many items are being worked on at the beginning, and after each end of one.</summary>
    public List<int> Asleep { get; } = [];

    /// <summary>When each item begins in each stage.</summary>
    public Dictionary<(int Stage, int Item), long> Begins { get; } = [];

    /// <summary>When the last item ends.</summary>
    public long Makespan { get; private set; }

    private void Arrive(int stage, int item, long now)
    {
        if (_free[stage] == 0)
        {
            _waiting[stage].Enqueue(item);
            return;
        }

        _free[stage]--;
        Begin(stage, item, now);
    }

    private void Begin(int stage, int item, long now)
    {
        Begins.Add((stage, item), now);
        _ends.Enqueue((stage, item), now + _durations[stage][item]);
    }

    private void End(int stage, int item, long now)
    {
        if (stage + 1 < _waiting.Length)
            Arrive(stage + 1, item, now);
        if (_waiting[stage].TryDequeue(out int next))
            Begin(stage, next, now);
        else
            _free[stage]++;
    }
}
