namespace AntFlow.Dataflow.TestKit;

/// <summary>A door inside a body: it tells that somebody has come, and holds him until he is let through.</summary>
/// <typeparam name="T">What comes to the door.</typeparam>
public sealed class Gate<T>
    where T : notnull
{
    private readonly Lock _lock = new();
    private readonly List<T> _arrivals = [];
    private readonly Dictionary<T, Queue<TaskCompletionSource>> _held = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private readonly List<T> _tickets = [];
    private bool _isOpen;
    private int _inside;

    /// <summary>Who has come so far, in this order.</summary>
    public IReadOnlyList<T> Arrivals
    {
        get
        {
            lock (_lock)
                return [.. _arrivals];
        }
    }

    /// <summary>How many are held now.</summary>
    public int Inside
    {
        get
        {
            lock (_lock)
                return _inside;
        }
    }

    /// <summary>The most that were held at once.</summary>
    public int MostInside { get; private set; }

    /// <summary>Comes to the door and waits to be let through, or for the token.</summary>
    public async Task PassAsync(T who, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource? held = null;
        lock (_lock)
        {
            _arrivals.Add(who);
            _inside++;
            MostInside = Math.Max(MostInside, _inside);
            if (!_isOpen && !_tickets.Remove(who))
            {
                held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!_held.TryGetValue(who, out Queue<TaskCompletionSource>? queue))
                    _held.Add(who, queue = []);
                queue.Enqueue(held);
            }

            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _arrivals.Count >= w.Count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => _arrivals.Count >= w.Count);
        }

        try
        {
            if (held is not null)
                await held.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _inside--;
        }
    }

    /// <summary>Waits until so many have come, those that have gone on included.</summary>
    public Task WhenArrivedAsync(int count)
    {
        lock (_lock)
        {
            if (_arrivals.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(Waiting.Patience);
        }
    }

    /// <summary>Lets one through that is held, or is on his way: who begins first need not come first.</summary>
    public void Open(T who)
    {
        lock (_lock)
        {
            if (_held.TryGetValue(who, out Queue<TaskCompletionSource>? queue) && queue.TryDequeue(out TaskCompletionSource? held))
                held.SetResult();
            else
                _tickets.Add(who);
        }
    }

    /// <summary>Lets everybody through from now on.</summary>
    public void OpenForAll()
    {
        lock (_lock)
        {
            _isOpen = true;
            foreach (TaskCompletionSource held in _held.Values.SelectMany(queue => queue))
                held.TrySetResult();
            _held.Clear();
        }
    }
}
