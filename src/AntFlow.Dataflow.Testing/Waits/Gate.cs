using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>A gate inside a body: it tells that an item has arrived, and holds it until the test lets it through. So a test stops an item in the middle of a stage and looks at the run,
/// without sleeping.</summary>
/// <typeparam name="T">What arrives at the gate: an item, its id, or anything else with equality by which the test tells the arrivals apart.</typeparam>
/// <remarks>All members may be called from any thread. <b>The lock</b> guards everything here; what waits goes on outside it.</remarks>
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

    /// <summary>What has arrived so far, in this order. What arrives twice is in it twice. A copy.</summary>
    public IReadOnlyList<T> Arrivals
    {
        get
        {
            lock (_lock)
                return [.. _arrivals];
        }
    }

    /// <summary>How many have arrived and not gone on: those that are held, and for a moment those that were let through or canceled just now.</summary>
    public int Inside
    {
        get
        {
            lock (_lock)
                return _inside;
        }
    }

    /// <summary>The most that <see cref="Inside"/> has been so far: how many bodies ran at the same time.</summary>
    public int MostInside
    {
        get
        {
            lock (_lock)
                return _mostInside;
        }
    }

    /// <summary>Arrives at the gate, and waits to be let through. To be called by the body that is to be held.</summary>
    /// <param name="item">What arrives.</param>
    /// <param name="cancellationToken">Ends the waiting. Give it the token of the body, so that timeouts and the canceling of a run reach it.</param>
    /// <returns>Ends once the gate is open for <paramref name="item"/>; at once if it is open already.</returns>
    /// <exception cref="OperationCanceledException">The waiting was ended by the token.</exception>
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

    /// <summary>Waits until so many have arrived since the gate was made, those that have gone on included; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Ends once they have arrived.</returns>
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

    /// <summary>Lets one arrival of an item through: the one that has been held for the longest time, or, if none is held, the next one that arrives. What was
    /// canceled is not held any more, also before its <see cref="PassAsync"/> has ended.</summary>
    /// <param name="item">The item.</param>
    public void Open(T item)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(item, out List<Held>? line) || !Held.TryLetFirstThrough(line))
                _tickets.Add(item);
        }
    }

    /// <summary>Lets everything through from now on, what is held included. The gate does not close again.</summary>
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
