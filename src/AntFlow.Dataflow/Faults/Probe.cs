namespace AntFlow.Dataflow;

/// <summary>Stops the engine at a point that a test names, so that the test can cause a situation that otherwise occurs only by chance.</summary>
/// <remarks>It belongs to one run; a test sets it before it feeds anything (<see cref="RunState.Probe"/>), and other runs do not use it. The action of the test runs on the thread that has reached
/// the point, and the engine continues when the action returns. An exception of the action is thrown in the engine. <b>The lock</b> guards the pending actions; they run outside the
/// lock.</remarks>
internal sealed class Probe
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ProbePoint, Action> _toDo = [];
    private int _hits;

    /// <summary>The number of points at which the engine was stopped.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Runs an action when the engine next reaches the point for the first time.</summary>
    public void Once(ProbePoint point, Action action)
    {
        lock (_lock)
            _toDo.Add(point, action);
    }

    /// <summary>Reports that the engine has reached the point.</summary>
    public void Reach(in ProbePoint point)
    {
        Action? action;
        lock (_lock)
        {
            if (!_toDo.Remove(point, out action))
                return;
        }

        Interlocked.Increment(ref _hits);
        action();
    }
}

// The seams of a run that serve its probe.
internal abstract partial class RunState
{
    /// <summary>The probe of this run; null if there is none.</summary>
    public Probe? Probe { get; set; }

    partial void Reached(Item item, ItemStatus status, PipelineStage stage) => Probe?.Reach(new ProbePoint(stage.Name, status, item.Id));

    partial void Reached(Item item, TaskEventKind kind, PipelineStage stage) =>
        Probe?.Reach(new ProbePoint(stage.Name, stage.Definition.Tasks[item.Visit.TaskIndex].Name, kind, item.Id));
}

internal sealed partial class ResultSink<TOut>
{
    /// <summary>Adds an invalid result to the others, so that they cannot be brought into their order, however often that is tried.</summary>
    public void Break()
    {
        using (LockScope held = _lock.Enter(out _))
            _buffer.Break();
    }
}

internal partial struct ResultBuffer<TResult>
{
    public readonly void Break() => _ring.Add(null!, isBlocked: false);
}
