using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>The place where writes wait while they are held.</summary>
/// <remarks><b>The lock</b> guards everything here; waiting code continues outside it.</remarks>
internal sealed class WriteHold
{
    private readonly Lock _lock = new();
    private readonly List<Held> _held = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private bool _isClosed;

    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    public void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    public void Open()
    {
        lock (_lock)
        {
            _isClosed = false;
            foreach (Held held in _held)
                held.TryLetThrough();
            _held.Clear();
        }
    }

    public bool TryLetOneThrough()
    {
        lock (_lock)
            return Held.TryLetFirstThrough(_held);
    }

    public async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        Held held;
        lock (_lock)
        {
            if (!_isClosed)
                return;
            held = new Held();
            _held.Add(held);
            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _held.Count >= w.Count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => _held.Count >= w.Count);
        }

        try
        {
            await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _held.Remove(held);
        }
    }

    public Task WhenHeldAsync(int count)
    {
        lock (_lock)
        {
            if (_held.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.InTime(string.Create(CultureInfo.InvariantCulture, $"{count} writes are held"));
        }
    }
}
