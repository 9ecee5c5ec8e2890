namespace AntFlow.Dataflow;

/// <summary>The limits of a stage's tasks, and whether anything may start in the stage: no permit is given while nothing may.</summary>
/// <remarks>The lock of the stage guards everything here. The permit of the first task is a start permit: an item that gets none keeps no worker. An item between two tasks waits with its worker for
/// the permit of the next one.</remarks>
internal sealed class StageLimits
{
    private readonly StageTask[] _tasks;
    private readonly RunState _run;
    private readonly TaskLimits _taskLimits;

    public StageLimits(Stage definition, RunState run)
    {
        _run = run;
        _tasks = [.. definition.Tasks];
        _taskLimits = new TaskLimits(_tasks.Select((task, index) => index == 0 ? null : task.MaxConcurrency));
        StartPermits = _tasks[0].MaxConcurrency is { } limit ? new StartPermits(limit, definition.HasSkipIf || definition.HasSerialBy) : null;
        Any = StartPermits is not null || _taskLimits.HasLimits;
    }

    /// <summary>Whether any task has a limit.</summary>
    public bool Any { get; }

    /// <summary>The permits of the first task; null if it has no limit.</summary>
    public StartPermits? StartPermits { get; }

    public StartSwitch Starts { get; } = new();

    /// <summary>Returns whether anything may start.</summary>
    public bool MayStart(in LockScope held) => Starts.MayStart(_run.Closing);

    /// <summary>Returns how many items wait for a permit.</summary>
    public int WaitingCount(in LockScope held) => _taskLimits.WaitingCount + (StartPermits?.Deferred.Count ?? 0);

    /// <summary>Lines a worker up for its item's task. Returns false if the task has no limit: then the worker may start it at once.</summary>
    public bool LineUp(Worker worker, Item item, in LockScope held) => _taskLimits.LineUp(worker, item);

    /// <summary>Gives free permits to the most urgent workers that wait.</summary>
    /// <param name="self">The worker that runs this section: it learns of its permit here.</param>
    /// <param name="held">The section.</param>
    /// <returns>Whether <paramref name="self"/> has got a permit.</returns>
    public bool Grant(Worker? self, in LockScope held) => MayStart(held) && _taskLimits.Grant(self, ref held.After);

    /// <summary>Refuses the workers whose item may not continue, and returns their number.</summary>
    public int Refuse(Closing closing, in LockScope held) => _taskLimits.Refuse(item => !closing.MayGoOn(item), ref held.After);

    /// <summary>Copies the limits, for a snapshot.</summary>
    public LimitCounts[] Copy(in LockScope held)
    {
        List<LimitCounts> limits = [];
        if (StartPermits is { } starts)
            limits.Add(new LimitCounts(_tasks[0].Name, starts.Permits.Limit, starts.Permits.InUse, starts.Deferred.Count));
        for (int i = 0; i < _tasks.Length; i++)
        {
            if (_taskLimits.Limits[i] is { } limit)
                limits.Add(new LimitCounts(_tasks[i].Name, limit.Permits.Limit, limit.Permits.InUse, limit.WaitingCount));
        }

        return [.. limits];
    }
}
