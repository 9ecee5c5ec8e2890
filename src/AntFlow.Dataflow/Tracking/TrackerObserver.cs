namespace AntFlow.Dataflow;

/// <summary>The observer of a tracker in one run.</summary>
internal sealed class TrackerObserver(StatusTracker tracker, CallbackQueue? callbacks) : PipelineObserver
{
    private TrackedRun? _run;

    public override ObserverInterests Interests => (tracker.OnTaskStart ?? tracker.OnTaskComplete ?? tracker.OnTaskRetry ?? tracker.OnTaskFail) is null
        ? ObserverInterests.Acceptance | ObserverInterests.Statuses
        : ObserverInterests.Acceptance | ObserverInterests.Statuses | ObserverInterests.Tasks;

    public override bool IsFull => callbacks is { IsFull: true };

    // The callbacks of the tracker are called elsewhere.
    internal override bool IsOfLibrary => true;

    public override void OnRunStarted(ObservedRun run) => _run = tracker.BeginRun(run);

    public override void OnAccepted(in ItemObservation item)
    {
        // An item from an earlier run is reported by its status.
        if (item.Status == ItemStatus.Queued)
            OnStatus(item);
    }

    public override void OnStatus(in ItemObservation item)
    {
        ref object? state = ref item.State;
        if (state is not TrackedItem tracked)
            state = tracked = new TrackedItem();
        if (tracked.Number != item.Sequence)
            tracked.Begin(item.Sequence, item.ItemId, item.Metadata);
        tracker.Add(_run!, tracked, item);
        if (tracker.HasWatchers || tracker.OnStatusChange is not null)
            Notify(ToEvent(item));
    }

    public override void OnTask(in TaskObservation call)
    {
        Func<TaskEvent, CancellationToken, ValueTask>? callback = call.Kind switch
        {
            TaskEventKind.Start => tracker.OnTaskStart,
            TaskEventKind.Complete => tracker.OnTaskComplete,
            TaskEventKind.Retry => tracker.OnTaskRetry,
            _ => tracker.OnTaskFail,
        };
        if (callback is not null)
            Notify(callback, ToEvent(call));
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellationToken) =>
        callbacks?.WaitForRoomAsync(cancellationToken) ?? default;

    public override async ValueTask OnRunEndedAsync(ObservedRun run)
    {
        if (callbacks is not null)
            await callbacks.CompleteAsync().ConfigureAwait(false);
        tracker.EndRun(callbacks?.Dropped ?? 0);
    }

    // A separate method, so that an event without a receiver allocates nothing.
    private void Notify(StatusEvent e)
    {
        tracker.NotifyWatchers(e);
        if (tracker.OnStatusChange is { } callback)
            callbacks!.Add(ct => callback(e, ct));
    }

    private void Notify(Func<TaskEvent, CancellationToken, ValueTask> callback, TaskEvent e) => callbacks!.Add(ct => callback(e, ct));

    private static TaskEvent ToEvent(in TaskObservation call) => new()
    {
        ItemId = call.ItemId,
        Stage = call.Stage,
        Task = call.Task,
        Worker = call.Worker,
        Attempt = call.Attempt,
        Timestamp = call.Timestamp,
        Duration = call.Duration,
        Error = call.Error,
    };

    private static StatusEvent ToEvent(in ItemObservation item) => new()
    {
        RunId = item.Run.RunId,
        ItemId = item.ItemId,
        Stage = item.Stage,
        Status = item.Status,
        Worker = item.Worker,
        WorkerIndex = item.WorkerIndex,
        Timestamp = item.Timestamp,
        Attempt = item.Attempt,
        Error = item.Error,
        Metadata = item.Metadata,
    };
}
