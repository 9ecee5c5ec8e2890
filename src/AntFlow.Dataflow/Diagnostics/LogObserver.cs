using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>Writes every step of every item into the log, at Debug.</summary>
internal sealed class LogObserver(ILogger logger) : RunObserver
{
    public override void OnStatus(Item item, in ItemMoment moment) =>
        RunLog.ItemStatus(logger, moment.Stage, item.Id, moment.Status, moment.Worker, moment.Attempt, moment.Error);

    public override void OnTask(Item item, in TaskMoment moment) =>
        RunLog.TaskStep(logger, moment.Stage, moment.Task, moment.Step, item.Id, moment.Worker, moment.Attempt, moment.Duration, moment.Error);
}
