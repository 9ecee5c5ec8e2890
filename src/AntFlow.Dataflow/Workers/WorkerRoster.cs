namespace AntFlow.Dataflow;

/// <summary>The workers of a pool: how many there are to be, which are active, and which is next. Pure; guarded by the lock of the pool.</summary>
/// <remarks>A worker keeps its number and its name whatever happens to the others.</remarks>
internal sealed class WorkerRoster(string pool)
{
    private readonly Stack<Worker> _idle = new();
    private Worker[] _all = [];

    /// <summary>The number of workers that is set.</summary>
    public int Count { get; private set; }

    /// <summary>The number of active workers, including removed ones that still run.</summary>
    public int Alive { get; private set; }

    /// <summary>All workers that have ever existed.</summary>
    public Worker[] All => _all;

    /// <summary>The workers of the number that is set, and the removed ones that still run.</summary>
    public IEnumerable<Worker> ToSee => _all.Where(worker => worker.Index < Count || worker.IsAlive);

    /// <summary>Returns whether a worker was not removed, and no more workers are active than the number that is set.</summary>
    public bool MayStay(Worker worker) => worker.Index < Count && Alive <= Count;

    /// <summary>Changes the number of workers.</summary>
    public void Resize(int count)
    {
        if (count > _all.Length)
        {
            // All or none: if there is not enough memory for them, the pool continues with those it has.
            var all = new Worker[count];
            _all.CopyTo(all, 0);
            for (int index = _all.Length; index < count; index++)
                all[index] = new Worker(pool, index);
            _idle.EnsureCapacity(count);
            _all = all;
        }

        Count = count;
        _idle.Clear();
        // The lowest number on top: names are taken in order.
        for (int index = count - 1; index >= 0; index--)
        {
            if (!_all[index].IsAlive)
                _idle.Push(_all[index]);
        }
    }

    /// <summary>Activates the next idle worker and returns it; null if there is none, or if as many are active as the number that is set.</summary>
    public Worker? Join()
    {
        if (Alive >= Count || !_idle.TryPop(out Worker? worker))
            return null;
        worker.IsAlive = true;
        worker.ForgetTime();
        Alive++;
        return worker;
    }

    public void Leave(Worker worker)
    {
        worker.IsAlive = false;
        Alive--;
        if (worker.Index < Count)
            _idle.Push(worker);
    }
}
