namespace AntFlow.Dataflow;

/// <summary>The limits of a stage's tasks, and whether anything may start in it: no permit is given while nothing may.</summary>
/// <remarks>The lock of the stage guards everything here.</remarks>
internal sealed class StageLimits(Stage definition, RunState run)
{
    private readonly TaskGates _gates = new(definition.Tasks.Select(task => task.MaxConcurrency));

    /// <summary>Whether any task has a limit.</summary>
    public bool Any { get; } = definition.Tasks.Any(task => task.MaxConcurrency is not null);

    public StartSwitch Starts { get; } = new();

    /// <summary>Whether anything may start.</summary>
    public bool MayStart(in Section held) => Starts.MayStart(run.Closing);

    /// <summary>How many workers wait for a permit.</summary>
    public int WaitingCount(in Section held) => _gates.WaitingCount;

    /// <summary>Lines a worker up for its item's task. False if the task has no limit: then the worker may go at once.</summary>
    public bool LineUp(Worker worker, Item item, in Section held) => _gates.LineUp(worker, item);

    /// <summary>Gives free permits to the most urgent waiters.</summary>
    /// <param name="self">The worker whose own section this is: it learns of its permit here.</param>
    /// <param name="held">The section.</param>
    /// <returns>Whether <paramref name="self"/> has got one.</returns>
    public bool Grant(Worker? self, in Section held) => MayStart(held) && _gates.Grant(self, ref held.After);

    /// <summary>Gives back the permit that a worker has for its item, if it has one, to the most urgent that waits.</summary>
    public void GiveBack(Worker worker, in Section held)
    {
        if (TaskGates.GiveBack(worker))
            Grant(self: null, held);
    }

    /// <summary>Sends away the workers whose item may not go on. Gives their number.</summary>
    public int Refuse(Closing closing, in Section held) => _gates.Refuse(item => !closing.MayGoOn(item), ref held.After);

    /// <summary>The limits, for a snapshot.</summary>
    public LimitCounts[] Copy(in Section held) =>
        [.. _gates.Gates.Zip(definition.Tasks).Where(pair => pair.First is not null)
            .Select(pair => new LimitCounts(pair.Second.Name, pair.First!.Limit, pair.First.InUse, pair.First.WaitingCount))];
}
