namespace AntFlow.Dataflow;

/// <summary>Has the items that fail at their next death run one at a time: one that kills the process then takes no other of them along. What has died with it once or twice, by
/// chance, gets its turn when it is gone.</summary>
/// <remarks><b>The lock</b> guards whose turn it is and who waits; nothing is called under it. Who stops waiting, because the run is canceled, may keep his turn: nobody runs any more.</remarks>
internal sealed class LastChances(int maxCrashes)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _isTaken;

    /// <summary>Whether this is one. Before its first death no item is, whatever the limit.</summary>
    public bool Has(ItemRecord item) => item.Crashes > 0 && item.Crashes >= maxCrashes - 1;

    /// <summary>Waits for its turn.</summary>
    public Task EnterAsync()
    {
        lock (_lock)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    /// <summary>Gives the turn to the next one.</summary>
    public void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
            _isTaken = _waiting.TryDequeue(out next);
        next?.SetResult();
    }
}
