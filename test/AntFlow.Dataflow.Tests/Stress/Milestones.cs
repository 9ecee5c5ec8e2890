namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Counts, and tells when a count is reached.</summary>
internal sealed class Milestones
{
    private readonly Lock _lock = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public void Add()
    {
        lock (_lock)
        {
            _count++;
            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => w.Count <= _count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => w.Count <= _count);
        }
    }

    /// <summary>Waits for a count, but not for ever: a paused run does not count on.</summary>
    public async Task WhenAsync(int count, TimeSpan atMost)
    {
        Task reached;
        lock (_lock)
        {
            if (_count >= count)
                return;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, source));
            reached = source.Task;
        }

        await reached.WaitAsync(atMost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
