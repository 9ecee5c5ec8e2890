namespace AntFlow.Dataflow;

/// <summary>What a task may know of the attempt it is running in. Made per attempt, for tasks that take one, and dead once the attempt has ended.</summary>
public sealed class StageContext
{
    private readonly StageBlock _block;
    private readonly Worker _worker;
    private readonly long _attemptNumber;

    internal StageContext(StageBlock block, Worker worker, Item item, CancellationToken cancellationToken)
    {
        _block = block;
        _worker = worker;
        _attemptNumber = worker.AttemptNumber;
        ItemId = item.Id;
        Attempt = item.Attempt;
        Metadata = item.MetadataOrEmpty;
        CancellationToken = cancellationToken;
    }

    /// <summary>The item.</summary>
    public ItemId ItemId { get; }

    /// <summary>The name of the stage.</summary>
    public string Stage => _block.Name;

    /// <summary>The name of the worker, such as <c>Fetch-W0</c>.</summary>
    public string Worker => _worker.Name;

    /// <summary>The number of this attempt, from 1. A throttled call was no attempt.</summary>
    public int Attempt { get; }

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; }

    /// <summary>Canceled when the run is canceled or the attempt's time is over.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Shows what the task is doing, such as <c>polling 3/10</c>, in the worker's state. May be called from any thread.</summary>
    /// <param name="text">What to show; null clears it.</param>
    /// <param name="minInterval">Ignores the call if the last accepted one is not that long ago. Default: none.</param>
    /// <returns>Whether the text is shown: not within <paramref name="minInterval"/>, and not once the attempt has ended.</returns>
    public bool SetStatus(string? text, TimeSpan minInterval = default) => _block.SetTaskStatus(_worker, _attemptNumber, text, minInterval);
}
