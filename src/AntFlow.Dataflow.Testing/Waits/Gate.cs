using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>A gate inside a body: it reports that an item has arrived, and holds the item until the test lets it through. A test uses it to stop an item in the middle of a stage and to inspect
/// the run, without sleeping.</summary>
/// <typeparam name="T">The type of the arrivals: an item, its id, or anything else with equality that distinguishes them.</typeparam>
/// <remarks>All members may be called from any thread. <b>The lock</b> guards everything here; waiting code continues outside it.</remarks>
public sealed class Gate<T>
    where T : notnull
{
    private readonly Lock _lock = new();
    private readonly List<T> _arrivals = [];
    private readonly Dictionary<T, List<Held>> _held = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private readonly List<T> _tickets = [];
    private bool _isOpen;
    private int _inside;
    private int _mostInside;

    /// <summary>Gets a copy of all arrivals so far, in their order. An item that arrives twice is listed twice.</summary>
    public IReadOnlyList<T> Arrivals
    {
        get
        {
            lock (_lock)
                return [.. _arrivals];
        }
    }

    /// <summary>Gets how many have arrived and not continued: the ones that are held, and for a moment the ones that were just let through or canceled.</summary>
    public int InsideCount
    {
        get
        {
            lock (_lock)
                return _inside;
        }
    }

    /// <summary>Gets the highest value of <see cref="InsideCount"/> so far: how many bodies ran at the same time.</summary>
    public int MaxInsideCount
    {
        get
        {
            lock (_lock)
                return _mostInside;
        }
    }

    /// <summary>Arrives at the gate, and waits to be let through. Call it in the body that is to be held.</summary>
    /// <param name="item">The arrival.</param>
    /// <param name="cancellationToken">Cancels the wait. Pass the token of the body, so that timeouts and the cancellation of a run take effect.</param>
    /// <returns>A task that completes once the gate is open for <paramref name="item"/>; at once if it is open already.</returns>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task PassAsync(T item, CancellationToken cancellationToken = default)
    {
        Held? held = null;
        lock (_lock)
        {
            _arrivals.Add(item);
            _inside++;
            _mostInside = Math.Max(_mostInside, _inside);
            if (!_isOpen && !_tickets.Remove(item))
            {
                held = new Held();
                if (!_held.TryGetValue(item, out List<Held>? line))
                    _held.Add(item, line = []);
                line.Add(held);
            }

            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _arrivals.Count >= w.Count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => _arrivals.Count >= w.Count);
        }

        try
        {
            if (held is not null)
                await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _inside--;
                if (held is not null && _held.TryGetValue(item, out List<Held>? line))
                    line.Remove(held);
            }
        }
    }

    /// <summary>Waits until the given number have arrived since the gate was created, including those that have continued. Waits at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">The number of arrivals.</param>
    /// <returns>A task that completes once they have arrived.</returns>
    /// <exception cref="TimeoutException">They have not arrived in time.</exception>
    public Task WhenArrivedAsync(int count)
    {
        lock (_lock)
        {
            if (_arrivals.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.InTime(string.Create(CultureInfo.InvariantCulture, $"{count} arrivals at the gate"));
        }
    }

    /// <summary>Lets one arrival of an item through: the one that has been held for the longest time, or, if none is held, the next one. A canceled
    /// arrival no longer counts as held, even before its <see cref="PassAsync"/> has ended.</summary>
    /// <param name="item">The item.</param>
    public void Open(T item)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(item, out List<Held>? line) || !Held.TryLetFirstThrough(line))
                _tickets.Add(item);
        }
    }

    /// <summary>Lets everything through from now on, including what is held. The gate does not close again.</summary>
    public void OpenForAll()
    {
        lock (_lock)
        {
            _isOpen = true;
            foreach (Held held in _held.Values.SelectMany(line => line))
                held.TryLetThrough();
            _held.Clear();
        }
    }
}
