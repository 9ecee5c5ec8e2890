namespace AntFlow.Dataflow;

/// <summary>Stops the engine at a point that a test names, so that what happens there by chance happens there on purpose.</summary>
/// <remarks>It belongs to one run, which a test gives it to before it feeds anything (<see cref="RunState.Probe"/>); no other run meets it. What the test does at a point runs on the
/// thread that has come there, and the engine goes on when it returns; what it throws is thrown in the engine.
/// <b>The lock</b> guards what is to be done; it is done outside the lock.</remarks>
internal sealed class Probe
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ProbePoint, Action> _toDo = [];
    private int _hits;

    /// <summary>At how many points the engine was stopped.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Does something when the engine comes to that point for the first time from now on.</summary>
    public void Once(ProbePoint point, Action action)
    {
        lock (_lock)
            _toDo.Add(point, action);
    }

    /// <summary>The engine is at that point.</summary>
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

// What the seams of a run do for its probe.
internal abstract partial class RunState
{
    /// <summary>Stops this run; null if nothing does.</summary>
    public Probe? Probe { get; set; }

    partial void Reached(Item item, ItemStatus status, StageNode stage) => Probe?.Reach(new ProbePoint(stage.Name, status, item.Id));

    partial void Reached(Item item, TaskStep step, StageNode stage) =>
        Probe?.Reach(new ProbePoint(stage.Name, stage.Definition.Tasks[item.Visit.TaskIndex].Name, step, item.Id));
}

internal sealed partial class ResultSink<TOut>
{
    /// <summary>Puts a result beside the others that is none: they cannot be brought into their order any more, however often that is tried.</summary>
    public void Break()
    {
        using (Section held = _lock.Enter(out _))
            _shelf.Break();
    }
}

internal partial struct ResultShelf<TResult>
{
    public readonly void Break() => _ring.Add(null!, isBlocked: false);
}
