using System.Collections.ObjectModel;
using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>Keeps all that happens to the items of a run, for a test to look at: give it to a pipeline with <c>WithObserver</c>, or to a single run with <see cref="RunOptions.Observers"/>.</summary>
/// <remarks>One collector may watch several runs, also at the same time. All members may be called from any thread, also while a run goes on. It keeps everything until it is dropped, so it is
/// for tests, not for production. <b>The lock</b> guards the lists; nothing is called under it.</remarks>
public sealed class EventCollector : PipelineObserver
{
    internal static readonly IReadOnlyDictionary<string, object?> NoMetadata = ReadOnlyDictionary<string, object?>.Empty;

    private readonly Lock _lock = new();
    private readonly List<CollectedEvent> _events = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _ended;

    /// <summary>Everything: the acceptance of items, each change of their status, and each call of a task.</summary>
    public override ObserverInterests Interests => ObserverInterests.All;

    /// <summary>All that was told so far, in the order in which it was told. For one item that is the order in which it happened; of different items, what happens at the same time may stand in
    /// either order. A copy.</summary>
    public IReadOnlyList<CollectedEvent> Events
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    /// <summary>How many items have ended so far.</summary>
    public int Ended
    {
        get
        {
            lock (_lock)
                return _ended;
        }
    }

    /// <summary>What has happened to one item so far, in the order in which it happened. A copy; empty for an unknown item. If several runs are watched that have an item of this id, all of
    /// them.</summary>
    /// <param name="itemId">The item. Texts, numbers and Guids convert to it.</param>
    /// <returns>Its events.</returns>
    public IReadOnlyList<CollectedEvent> HistoryOf(ItemId itemId)
    {
        lock (_lock)
            return [.. _events.Where(told => told.ItemId == itemId)];
    }

    /// <summary>Waits until so many items have ended, of all runs together; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Ends once they have.</returns>
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
            Step = call.Step,
            Attempt = call.Attempt,
            Worker = call.Worker,
            Time = call.Time,
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
            Time = item.Time,
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
