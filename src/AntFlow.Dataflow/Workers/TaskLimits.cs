namespace AntFlow.Dataflow;

/// <summary>The limits of a pool's tasks except the first one: which workers hold a permit, and which wait for one with their item. Pure; guarded by the lock of the pool.</summary>
/// <remarks>An item between two tasks has begun, and keeps its worker. The limit of the first task is in <see cref="StartPermits"/>.</remarks>
internal sealed class TaskLimits(IEnumerable<int?> limits)
{
    private readonly TaskLimit?[] _limits = [.. limits.Select(limit => limit is { } max ? new TaskLimit(max) : null)];

    /// <summary>Whether any task has a limit.</summary>
    public bool HasLimits => Array.Exists(_limits, limit => limit is not null);

    /// <summary>The limits by the numbers of their tasks; null where a task has none.</summary>
    public IReadOnlyList<TaskLimit?> Limits => _limits;

    /// <summary>The number of workers that wait.</summary>
    public int WaitingCount
    {
        get
        {
            int count = 0;
            foreach (TaskLimit? limit in _limits)
                count += limit?.WaitingCount ?? 0;
            return count;
        }
    }

    /// <summary>Lines a worker up for its item's task. Returns false if the task has no limit: then the worker may start it at once.</summary>
    public bool LineUp(Worker worker, Item item)
    {
        if (_limits[item.Visit.TaskIndex] is not { } limit)
            return false;
        worker.Slip.Reset();
        limit.Line(worker, item);
        return true;
    }

    /// <summary>Gives free permits to the most urgent waiters.</summary>
    /// <param name="self">The worker that runs this section: it learns of its permit here and does not wait on its waiter. All others get an answer, even if the permit
    /// comes before they have begun to wait.</param>
    /// <param name="after">Collects the waiters to answer.</param>
    /// <returns>Whether <paramref name="self"/> has got a permit.</returns>
    public bool Grant(Worker? self, ref PostLockActions after)
    {
        bool isGranted = false;
        foreach (TaskLimit? limit in _limits)
        {
            while (limit is not null && limit.TryGrant(out Worker worker))
            {
                worker.Permit = limit.Permits;
                if (worker == self)
                    isGranted = true;
                else
                    after.CompleteWait(worker.Slip, answer: true);
            }
        }

        return isGranted;
    }

    /// <summary>Refuses the workers whose item may not continue, and returns their number.</summary>
    public int Refuse(Func<Item, bool> mayNotGoOn, ref PostLockActions after)
    {
        int count = 0;
        foreach (TaskLimit? limit in _limits)
        {
            if (limit is null)
                continue;
            foreach (Worker worker in limit.RemoveWhere(mayNotGoOn))
            {
                after.CompleteWait(worker.Slip, answer: false);
                count++;
            }
        }

        return count;
    }
}
