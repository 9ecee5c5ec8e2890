using System.Collections.ObjectModel;
using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>Keeps all events of the items of a run for a test to inspect. Give it to a pipeline with <c>WithObserver</c>, or to a single run with <see cref="RunOptions.Observers"/>.</summary>
/// <remarks>One collector may watch several runs, also at the same time. All members may be called from any thread, also during a run. It keeps everything in memory, so it is
/// for tests, not for production. <b>The lock</b> guards the lists; nothing is called under it.</remarks>
public sealed class EventCollector : PipelineObserver
{
    internal static readonly IReadOnlyDictionary<string, object?> NoMetadata = ReadOnlyDictionary<string, object?>.Empty;

    private readonly Lock _lock = new();
    private readonly List<CollectedEvent> _events = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _ended;

    /// <summary>Gets the events it observes: the acceptance of items, each change of their status, and each call of a task.</summary>
    public override ObserverInterests Interests => ObserverInterests.All;

    /// <summary>Gets a copy of all events so far, in the order in which they were received. For one item that is the order in which they happened; concurrent events of different items may be in
    /// either order.</summary>
    public IReadOnlyList<CollectedEvent> Events
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    /// <summary>Gets how many items have ended so far.</summary>
    public int EndedCount
    {
        get
        {
            lock (_lock)
                return _ended;
        }
    }

    /// <summary>Returns a copy of the events of one item so far, in the order in which they happened; empty for an unknown item. If several watched runs have an item with this id, returns the
    /// events of all of them.</summary>
    /// <param name="itemId">The id of the item. Texts, numbers and Guids convert to it.</param>
    /// <returns>The events.</returns>
    public IReadOnlyList<CollectedEvent> HistoryOf(ItemId itemId)
    {
        lock (_lock)
            return [.. _events.Where(told => told.ItemId == itemId)];
    }

    /// <summary>Waits until the given number of items have ended, of all runs together; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">The number of items.</param>
    /// <returns>A task that completes once they have ended.</returns>
    /// <exception cref="TimeoutException">They have not ended in time.</exception>
    public Task WhenEndedAsync(int count)
    {
        lock (_lock)
        {
            if (_ended >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.InTime(string.Create(CultureInfo.InvariantCulture, $"{count} items have ended"));
        }
    }

    /// <inheritdoc/>
    public override void OnAccepted(in ItemObservation item) => Keep(item);

    /// <inheritdoc/>
    public override void OnStatus(in ItemObservation item) => Keep(item);

    /// <inheritdoc/>
    public override void OnTask(in TaskObservation call)
    {
        var told = new CollectedEvent
        {
            RunId = call.Run.RunId,
            ItemId = call.ItemId,
            Sequence = call.Sequence,
            Stage = call.Stage,
            Task = call.Task,
            TaskEventKind = call.Kind,
            Attempt = call.Attempt,
            Worker = call.Worker,
            Timestamp = call.Timestamp,
            Duration = call.Duration,
            Error = call.Error,
            Metadata = Copy(call.Metadata),
        };
        lock (_lock)
            _events.Add(told);
    }

    /// <inheritdoc/>
    public override void OnEnded(in ItemObservation item)
    {
        lock (_lock)
        {
            _ended++;
            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _ended >= w.Count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => _ended >= w.Count);
        }
    }

    private void Keep(in ItemObservation item)
    {
        var told = new CollectedEvent
        {
            RunId = item.Run.RunId,
            ItemId = item.ItemId,
            Sequence = item.Sequence,
            Stage = item.Stage,
            Status = item.Status,
            Attempt = item.Attempt,
            Worker = item.Worker,
            Timestamp = item.Timestamp,
            Times = item.Times,
            Error = item.Error,
            IsEnd = item.IsEnd,
            Metadata = Copy(item.Metadata),
        };
        lock (_lock)
            _events.Add(told);
    }

    private static IReadOnlyDictionary<string, object?> Copy(IReadOnlyDictionary<string, object?> metadata) =>
        metadata.Count == 0 ? NoMetadata : new Dictionary<string, object?>(metadata, StringComparer.Ordinal);
}
