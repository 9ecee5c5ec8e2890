namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>What a simulated run is like.</summary>
internal sealed record RunScript(int Items, params StagePlan[] Stages)
{
    /// <summary>How long after an item the feeder has the next one. Default: at once.</summary>
    public Func<Random, double> FeedEvery { get; init; } = _ => 0;

    public double PausedFrom { get; init; } = double.MaxValue;

    public double PausedUntil { get; init; } = double.MaxValue;

    /// <summary>When the first stage gets another number of workers, and how many.</summary>
    public double ResizedAt { get; init; } = double.MaxValue;

    public int ResizedTo { get; init; }

    public bool IsTotalKnown { get; init; } = true;
}

/// <summary>A run without threads and clocks: one event after the other, each at its time, and a snapshot every half second.</summary>
internal sealed class SimulatedRun
{
    private const double Every = 0.5;
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RunScript _script;
    private readonly Random _random;
    private readonly SimulatedStage[] _stages;
    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private readonly List<PipelineSnapshot> _trace = [];
    private long _order;
    private double _now;
    private long _fed;
    private long _succeeded;
    private double _endedAt;
    private bool _isPaused;

    private SimulatedRun(RunScript script, int seed)
    {
        _script = script;
        _random = new Random(seed);
        _stages = [.. script.Stages.Select(plan => new SimulatedStage(plan))];
    }

    private bool IsOver => _fed == _script.Items && _succeeded + _stages.Sum(stage => stage.Failed) == _fed;

    /// <summary>Plays a run to its end.</summary>
    /// <returns>The snapshots, and when the last item ended.</returns>
    public static (IReadOnlyList<PipelineSnapshot> Trace, DateTimeOffset End) Play(RunScript script, int seed)
    {
        var run = new SimulatedRun(script, seed);
        run.Play();
        return (run._trace, _start.AddSeconds(run._endedAt));
    }

    private void Play()
    {
        At(0, Feed);
        At(Every, Look);
        if (_script.PausedFrom < double.MaxValue)
        {
            At(_script.PausedFrom, () => _isPaused = true);
            At(_script.PausedUntil, Resume);
        }

        if (_script.ResizedAt < double.MaxValue)
            At(_script.ResizedAt, () => _stages[0].Resize(_script.ResizedTo));

        while (!IsOver && _events.TryDequeue(out Action? next, out (double At, long Order) when))
        {
            _now = when.At;
            next();
            if (IsOver)
                _endedAt = _now;
        }
    }

    private void At(double time, Action action) => _events.Enqueue(action, (time, _order++));

    private void Resume()
    {
        _isPaused = false;
        for (int i = 0; i < _stages.Length; i++)
            Start(i);
    }

    private void Feed()
    {
        if (_fed == _script.Items)
            return;
        _stages[0].Enqueue(new SimulatedItem(_fed++));
        Start(0);
        double pause = _script.FeedEvery(_random);
        if (_stages[0].IsAboveCapacity)
            _stages[0].WaitingForRoom.Add(() => At(_now + pause, Feed));
        else
            At(_now + pause, Feed);
    }

    private void Start(int index)
    {
        SimulatedStage stage = _stages[index];
        while (!_isPaused && stage.FindFree() is { } worker && stage.Take() is { } item)
        {
            stage.Attempts++;
            item.Attempt++;
            (worker.Item, worker.Since) = (item, _now);
            At(_now + stage.Plan.Seconds(_random), () => End(index, worker));
            foreach (Action released in stage.TakeReleased())
                released();
        }
    }

    private void End(int index, SimulatedWorker worker)
    {
        SimulatedStage stage = _stages[index];
        SimulatedItem item = worker.Item!;
        double seconds = _now - worker.Since;
        worker.Busy += seconds;
        (worker.Item, worker.Since) = (null, _now);
        bool hasFailed = _random.NextDouble() < stage.Plan.Fails;
        if (hasFailed && item.Attempt < stage.Plan.Attempts)
        {
            PutAway(index, item);
        }
        else
        {
            stage.Places--;
            if (hasFailed)
            {
                stage.Failed++;
                worker.Failed++;
            }
            else
            {
                worker.Processed++;
                stage.CountPass(seconds);
                HandOn(index, worker, item);
            }
        }

        Start(index);
    }

    private void PutAway(int index, SimulatedItem item)
    {
        SimulatedStage stage = _stages[index];
        (double DueAt, SimulatedItem Item) waiting = (_now + stage.Plan.Delay(item.Attempt), item);
        stage.Retrying.Add(waiting);
        At(waiting.DueAt, () =>
        {
            stage.Retrying.Remove(waiting);
            stage.Return(item);
            Start(index);
        });
    }

    private void HandOn(int index, SimulatedWorker worker, SimulatedItem item)
    {
        if (index + 1 == _stages.Length)
        {
            _succeeded++;
            return;
        }

        SimulatedStage next = _stages[index + 1];
        next.Enqueue(item);
        Start(index + 1);
        if (!next.IsAboveCapacity)
            return;
        worker.IsBlocked = true;
        _stages[index].Blocked++;
        next.WaitingForRoom.Add(() =>
        {
            worker.IsBlocked = false;
            _stages[index].Blocked--;
            Start(index);
        });
    }

    private void Look()
    {
        StageSnapshot[] stages = [.. _stages.Select(stage => stage.Look(_start, _isPaused))];
        _trace.Add(new PipelineSnapshot
        {
            RunId = "simulated",
            StartedAt = _start,
            Timestamp = _start.AddSeconds(_now),
            Elapsed = TimeSpan.FromSeconds(_now),
            IsPaused = _isPaused,
            IsInputOpen = _fed < _script.Items,
            IsFeeding = _fed < _script.Items,
            Total = _script.IsTotalKnown ? _script.Items : null,
            Fed = _fed,
            Queued = stages.Sum(stage => stage.Queued),
            InProgress = stages.Sum(stage => stage.InProgress),
            Retrying = stages.Sum(stage => stage.Retrying),
            Succeeded = _succeeded,
            Failed = stages.Sum(stage => stage.Failed),
            Stages = stages,
            Workers = [.. _stages.SelectMany(stage => stage.SeenWorkers.Select(worker => worker.Look(stage.Plan.Name, _start)))],
            Errors = null!,
        });
        At(_now + Every, Look);
    }
}
