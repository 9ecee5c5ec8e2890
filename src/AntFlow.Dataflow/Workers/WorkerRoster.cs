namespace AntFlow.Dataflow;

/// <summary>The workers of a pool: how many there are to be, who is alive, and who is next. Pure; guarded by the lock of the pool.</summary>
/// <remarks>A worker keeps its number and its name whatever becomes of the others.</remarks>
internal sealed class WorkerRoster(string pool)
{
    private readonly Stack<Worker> _idle = new();
    private Worker[] _all = [];

    /// <summary>How many workers there are to be.</summary>
    public int Count { get; private set; }

    /// <summary>How many are alive: those taken away that still run, too.</summary>
    public int Alive { get; private set; }

    /// <summary>All workers there have ever been.</summary>
    public Worker[] All => _all;

    /// <summary>Those there are to be, and those taken away that still run.</summary>
    public IEnumerable<Worker> ToSee => _all.Where(worker => worker.Index < Count || worker.IsAlive);

    /// <summary>Whether a worker was not taken away, and there are not more alive than there are to be.</summary>
    public bool MayStay(Worker worker) => worker.Index < Count && Alive <= Count;

    /// <summary>Changes how many there are to be.</summary>
    public void Resize(int count)
    {
        if (count > _all.Length)
        {
            // All or none: should there be no memory for them, the pool goes on with those it has.
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

    /// <summary>The next idle worker comes to life; null if there is none, or as many are alive as are to be.</summary>
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
