using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>Writes every step of every item to the log, at Debug.</summary>
internal sealed class LogObserver(ILogger logger) : PipelineObserver
{
    public override ObserverInterests Interests => ObserverInterests.Acceptance | ObserverInterests.Statuses | ObserverInterests.Tasks;

    // The logger is guarded.
    internal override bool IsOfLibrary => true;

    public override void OnAccepted(in ItemObservation item)
    {
        // An item from an earlier run is reported by its status.
        if (item.Status == ItemStatus.Queued)
            OnStatus(item);
    }

    public override void OnStatus(in ItemObservation item) =>
        RunLog.ItemStatus(logger, item.Stage, item.ItemId, item.Status, item.Worker, item.Attempt, item.Error);

    public override void OnTask(in TaskObservation call) =>
        RunLog.TaskStep(logger, call.Stage, call.Task, call.Kind, call.ItemId, call.Worker, call.Attempt, call.Duration, call.Error);
}
