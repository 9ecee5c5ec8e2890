namespace AntFlow.Dataflow;

/// <summary>A tracker's part in one run.</summary>
internal sealed class TrackerObserver(StatusTracker tracker, CallbackQueue? callbacks) : RunObserver
{
    private TrackedRun? _run;

    public override bool IsFull => callbacks is { IsFull: true };

    public override bool HearsTasks => (tracker.OnTaskStart ?? tracker.OnTaskComplete ?? tracker.OnTaskRetry ?? tracker.OnTaskFail) is not null;

    public override void OnRunStarted(string runId, RunClock clock, IReadOnlyList<string> stages) => _run = tracker.BeginRun(runId, clock, stages);

    public override void OnStatus(Item item, in ItemMoment moment)
    {
        tracker.Add(_run!, item, in moment);
        if (tracker.HasWatchers || tracker.OnStatusChange is not null)
            Tell(ToEvent(item, moment));
    }

    public override void OnTask(Item item, in TaskMoment moment)
    {
        Func<TaskEvent, CancellationToken, ValueTask>? callback = moment.Step switch
        {
            TaskStep.Start => tracker.OnTaskStart,
            TaskStep.Complete => tracker.OnTaskComplete,
            TaskStep.Retry => tracker.OnTaskRetry,
            _ => tracker.OnTaskFail,
        };
        if (callback is not null)
            Tell(callback, ToEvent(item, moment));
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellationToken) =>
        callbacks?.WaitForRoomAsync(cancellationToken) ?? default;

    public override async Task OnRunEndedAsync()
    {
        if (callbacks is not null)
            await callbacks.CompleteAsync().ConfigureAwait(false);
        tracker.EndRun(callbacks?.Dropped ?? 0);
    }

    // Apart, so that an event nobody is told of allocates nothing.
    private void Tell(StatusEvent e)
    {
        tracker.TellWatchers(e);
        if (tracker.OnStatusChange is { } callback)
            callbacks!.Add(ct => callback(e, ct));
    }

    private void Tell(Func<TaskEvent, CancellationToken, ValueTask> callback, TaskEvent e) => callbacks!.Add(ct => callback(e, ct));

    private TaskEvent ToEvent(Item item, in TaskMoment moment) => new()
    {
        ItemId = item.Id,
        Stage = moment.Stage,
        Task = moment.Task,
        Worker = moment.Worker,
        Attempt = moment.Attempt,
        Timestamp = _run!.Clock.At(moment.Timestamp),
        Duration = moment.Duration,
        Error = moment.Error,
    };

    private StatusEvent ToEvent(Item item, in ItemMoment moment) => new()
    {
        RunId = _run!.RunId,
        ItemId = item.Id,
        Stage = moment.Stage,
        Status = moment.Status,
        Worker = moment.Worker,
        WorkerIndex = moment.WorkerIndex,
        Timestamp = _run.Clock.At(moment.Timestamp),
        Attempt = moment.Attempt,
        Error = moment.Error,
        Metadata = item.MetadataOrEmpty,
    };
}
