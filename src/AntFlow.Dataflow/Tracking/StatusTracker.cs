using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AntFlow.Dataflow;

/// <summary>Remembers what happened to each item, within bounds, and tells callbacks and watchers.</summary>
/// <remarks>
/// <para>Callbacks run off the workers, one at a time, in the order of what happened, and all of them have been called when the run's <c>Completion</c> comes.
/// One that throws is reported (log, <c>Errors.Callbacks</c>), never fatal. Their token is canceled with the run. All members may be used from any thread, also
/// while the run goes on.</para>
/// <para><b>The lock</b> guards who watches and whether a run is attached; the histories have locks of their own. Callbacks and watchers are never called under a lock.</para>
/// </remarks>
public sealed class StatusTracker
{
    private readonly Lock _lock = new();
    private readonly StatusTrackerOptions _options;
    private readonly ErrorLog _errors = new();
    private readonly ItemHistories _histories;
    private Watcher[] _watchers = [];
    private bool _isAttached;

    /// <summary>Makes a tracker.</summary>
    /// <param name="options">How much it keeps; copied. Default: the defaults of the options.</param>
    /// <exception cref="PipelineConfigurationException">Values of <paramref name="options"/> are out of their range; tells all of them.</exception>
    public StatusTracker(StatusTrackerOptions? options = null)
    {
        _options = (options ?? new StatusTrackerOptions()).Checked();
        _histories = new ItemHistories(_options.MaxItems, _options.MaxEventsPerItem);
    }

    /// <summary>Called for every event of every item. Default: nothing.</summary>
    public Func<StatusEvent, CancellationToken, ValueTask>? OnStatusChange { get; init; }

    /// <summary>Called when a call of a task begins. Default: nothing.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskStart { get; init; }

    /// <summary>Called when a call of a task has succeeded. Default: nothing.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskComplete { get; init; }

    /// <summary>Called when a call of a task has failed, or was throttled, and will be made again. Default: nothing.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskRetry { get; init; }

    /// <summary>Called when a call of a task has failed for good, or was cut short by canceling. Default: nothing.</summary>
    public Func<TaskEvent, CancellationToken, ValueTask>? OnTaskFail { get; init; }

    /// <summary>How many calls of callbacks were dropped (<see cref="CallbackOverflow.DropOldest"/>).</summary>
    public long DroppedCallbacks { get; private set; }

    /// <summary>The last event of an item; null if the item is not known, or forgotten.</summary>
    /// <param name="itemId">The item. Of items of one id, the newest event.</param>
    /// <returns>The event.</returns>
    /// <exception cref="ArgumentException">The default <see cref="ItemId"/> identifies nothing.</exception>
    public StatusEvent? GetStatus(ItemId itemId)
    {
        IReadOnlyList<StatusEvent> history = GetHistory(itemId);
        return history.Count == 0 ? null : history[^1];
    }

    /// <summary>The events of an item, oldest first; empty if the item is not known, or forgotten.</summary>
    /// <param name="itemId">The item. Items of one id are shown together.</param>
    /// <returns>The events, at most <see cref="StatusTrackerOptions.MaxEventsPerItem"/> an item.</returns>
    /// <exception cref="ArgumentException">The default <see cref="ItemId"/> identifies nothing.</exception>
    public IReadOnlyList<StatusEvent> GetHistory(ItemId itemId) =>
        itemId.IsDefault ? throw new ArgumentException("The default ItemId identifies nothing; null and the empty text are converted to it.", nameof(itemId)) : _histories.Find(itemId);

    /// <summary>The last events of the items that have this status now, in the order of the items' acceptance.</summary>
    /// <param name="status">The status.</param>
    /// <returns>An event an item.</returns>
    public IReadOnlyList<StatusEvent> GetByStatus(ItemStatus status) => _histories.FindLast(status);

    /// <summary>How many items have which last status; forgotten items count, too, with what has become of them since.</summary>
    /// <remarks>While events happen, an item may be missing or count twice for a moment. In between, the counts are those of the run.</remarks>
    /// <returns>The counts.</returns>
    public StatusCounts GetCounts() => StatusCounts.Of(_histories.Count());

    /// <summary>What went wrong: items that have failed, by type and stage.</summary>
    /// <returns>The summary.</returns>
    public ErrorSummary GetErrorSummary() => _errors.Summarize();

    /// <summary>Gives every event from now on, until the run ends. A slow reader loses the oldest ones, and is told how many (<see cref="StatusEvent.Missed"/>).</summary>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <returns>The events, in the order of what happened to each item.</returns>
    public IAsyncEnumerable<StatusEvent> WatchAsync(CancellationToken cancellationToken = default)
    {
        // From the call on, not from the first move of the reader.
        var watcher = new Watcher(_options.WatchCapacity);
        lock (_lock)
            _watchers = [.. _watchers, watcher];
        return ReadAsync(watcher, cancellationToken);
    }

    /// <summary>Takes part in a run. A tracker has one run at a time.</summary>
    internal PipelineObserver Attach(Caller caller, CancellationToken cancellationToken, Action<Exception> report)
    {
        lock (_lock)
        {
            if (_isAttached)
                throw new InvalidOperationException("The tracker is watching another run at this time. Give each run a tracker of its own: RunOptions.Tracker.");
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
                // What is told of an item that did not get its id is told under another one. Code that throws such an error has it of some other item.
                ItemId = item is { Error: DuplicateItemException duplicate, Worker: null, Function: null } ? duplicate.ItemId : item.ItemId,
                Error = item.Error!,
                Stage = item.Stage,
                Function = item.Function,
                Attempts = item.Attempt,
                Timestamp = item.Time,
            });
        }
    }

    /// <summary>Whether anybody wants the event as an object.</summary>
    internal bool HasWatchers => _watchers.Length > 0;

    internal void TellWatchers(StatusEvent e)
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
