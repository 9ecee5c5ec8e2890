using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AntFlow.Dataflow;

/// <summary>Records what happens to each item, within bounds, and notifies callbacks and watchers.</summary>
/// <remarks>
/// <para>Callbacks run outside the workers, one at a time, in the order of the events. All of them have been called when the run's <c>Completion</c> completes. An exception of a callback is
/// reported (log, <c>Errors.Callbacks</c>) and does not end the run. The token of the callbacks is canceled with the run. You can use all members from any thread, also during the run.</para>
/// <para><b>The lock</b> guards the list of watchers and whether a run is attached; the histories have their own locks. Callbacks and watchers are never called under a lock.</para>
/// </remarks>
public sealed class StatusTracker
{
    private readonly Lock _lock = new();
    private readonly StatusTrackerOptions _options;
    private readonly ErrorLog _errors = new();
    private readonly ItemHistories _histories;
    private Watcher[] _watchers = [];
    private bool _isAttached;

    /// <summary>Creates a tracker.</summary>
    /// <param name="options">The limits of what it keeps; copied. Default: the defaults of the options.</param>
    /// <exception cref="PipelineConfigurationException">Values of <paramref name="options"/> are invalid. The exception lists all of them.</exception>
    public StatusTracker(StatusTrackerOptions? options = null)
    {
        _options = (options ?? new StatusTrackerOptions()).Checked();
        _histories = new ItemHistories(_options.MaxItems, _options.MaxEventsPerItem);
    }

    /// <summary>Called for every event of every item. Default: none.</summary>
    public Func<StatusEvent, CancellationToken, ValueTask>? OnStatusChange { get; init; }

    /// <summary>Called when a call of a task starts. Default: none.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskStart { get; init; }

    /// <summary>Called when a call of a task has succeeded. Default: none.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskComplete { get; init; }

    /// <summary>Called when a call of a task has failed or was throttled, and will be repeated. Default: none.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskRetry { get; init; }

    /// <summary>Called when a call of a task has failed and is not repeated, or was canceled. Default: none.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskFail { get; init; }

    /// <summary>The number of callback calls that were dropped (<see cref="CallbackOverflow.DropOldest"/>).</summary>
    public long DroppedCallbacks { get; private set; }

    /// <summary>Returns the last event of an item; null if the item is unknown or was forgotten.</summary>
    /// <param name="itemId">The id of the item. If several items have the id, the newest event is returned.</param>
    /// <returns>The event.</returns>
    /// <exception cref="ArgumentException">The default <see cref="ItemId"/> identifies nothing.</exception>
    public StatusEvent? GetStatus(ItemId itemId)
    {
        IReadOnlyList<StatusEvent> history = GetHistory(itemId);
        return history.Count == 0 ? null : history[^1];
    }

    /// <summary>Returns the events of an item, oldest first; empty if the item is unknown or was forgotten.</summary>
    /// <param name="itemId">The id of the item. If several items have the id, the events of all of them are returned.</param>
    /// <returns>The events, at most <see cref="StatusTrackerOptions.MaxEventsPerItem"/> per item.</returns>
    /// <exception cref="ArgumentException">The default <see cref="ItemId"/> identifies nothing.</exception>
    public IReadOnlyList<StatusEvent> GetHistory(ItemId itemId) =>
        itemId.IsDefault ? throw new ArgumentException("The default ItemId identifies nothing; null and the empty text are converted to it.", nameof(itemId)) : _histories.Find(itemId);

    /// <summary>Returns the last events of the items that have this status now, in the order of their acceptance.</summary>
    /// <param name="status">The status.</param>
    /// <returns>One event per item.</returns>
    public IReadOnlyList<StatusEvent> GetByStatus(ItemStatus status) => _histories.FindLast(status);

    /// <summary>Returns the number of items by last status. Forgotten items are included, with their current status.</summary>
    /// <remarks>While events happen, an item may be missing or counted twice for a moment. Otherwise the counts are those of the run.</remarks>
    /// <returns>The counts.</returns>
    public StatusCounts GetCounts() => StatusCounts.Of(_histories.Count());

    /// <summary>Returns the errors: the failed items, by type and stage.</summary>
    /// <returns>The summary.</returns>
    public ErrorSummary GetErrorSummary() => _errors.Summarize();

    /// <summary>Returns every event from now until the run ends. If the reader is slow, the oldest events are dropped, and the next event reports how many
    /// (<see cref="StatusEvent.Missed"/>).</summary>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <returns>The events, in order for each item.</returns>
    public IAsyncEnumerable<StatusEvent> WatchAsync(CancellationToken cancellationToken = default)
    {
        // Events are collected from the call on, not from the first move of the reader.
        var watcher = new Watcher(_options.WatchCapacity);
        lock (_lock)
            _watchers = [.. _watchers, watcher];
        return ReadAsync(watcher, cancellationToken);
    }

    /// <summary>Attaches the tracker to a run. A tracker watches one run at a time.</summary>
    internal PipelineObserver Attach(Caller caller, CancellationToken cancellationToken, Action<Exception> report)
    {
        lock (_lock)
        {
            if (_isAttached)
                throw new InvalidOperationException("The tracker is already watching another run. Give each run its own tracker with RunOptions.Tracker.");
            _isAttached = true;
        }

        bool hasCallbacks = (OnStatusChange ?? (object?)OnTaskStart ?? OnTaskComplete ?? OnTaskRetry ?? OnTaskFail) is not null;
        return new TrackerObserver(this, hasCallbacks ? new CallbackQueue(_options, caller, cancellationToken, report) : null);
    }

    internal TrackedRun BeginRun(ObservedRun run) => _histories.BeginRun(run);

    internal void Add(TrackedRun run, TrackedItem tracked, in ItemObservation item)
    {
        _histories.Add(run, tracked, in item.Moment);
        if (item.Status == ItemStatus.Failed)
        {
            _errors.Add(new FailedItem
            {
                // The events of an item that did not get its id carry another id. An exception of this type that user code throws has the id of another item.
                ItemId = item is { Error: DuplicateItemException duplicate, Worker: null, Function: null } ? duplicate.ItemId : item.ItemId,
                Error = item.Error!,
                Stage = item.Stage,
                Function = item.Function,
                Attempts = item.Attempt,
                Timestamp = item.Timestamp,
            });
        }
    }

    /// <summary>Whether a watcher or callback needs the event as an object.</summary>
    internal bool HasWatchers => _watchers.Length > 0;

    internal void NotifyWatchers(StatusEvent e)
    {
        foreach (Watcher watcher in _watchers)
            watcher.Add(e);
    }

    internal void EndRun(long droppedCallbacks)
    {
        Watcher[] watchers;
        lock (_lock)
        {
            DroppedCallbacks += droppedCallbacks;
            watchers = _watchers;
            _watchers = [];
            _isAttached = false;
        }

        foreach (Watcher watcher in watchers)
            watcher.Complete();
    }

    private async IAsyncEnumerable<StatusEvent> ReadAsync(Watcher watcher, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (StatusEvent e in watcher.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return e;
        }
        finally
        {
            lock (_lock)
                _watchers = [.. _watchers.Where(other => other != watcher)];
        }
    }

    private sealed class Watcher
    {
        private readonly Channel<StatusEvent> _events;
        private long _missed;

        public Watcher(int capacity)
        {
            _events = Channel.CreateBounded<StatusEvent>(
                new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
                _ => Interlocked.Increment(ref _missed));
        }

        public void Add(StatusEvent e) => _events.Writer.TryWrite(e);

        public void Complete() => _events.Writer.TryComplete();

        public async IAsyncEnumerable<StatusEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (StatusEvent e in _events.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                long missed = Interlocked.Exchange(ref _missed, 0);
                yield return missed == 0 ? e : e with { Missed = missed };
            }
        }
    }
}
