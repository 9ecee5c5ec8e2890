using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Observing;

/// <summary>An observer that writes down all it is told.</summary>
internal sealed class Ears(ObserverInterests interests) : PipelineObserver
{
    private readonly ConcurrentQueue<(long Item, string Told)> _told = new();

    public override ObserverInterests Interests => interests;

    /// <summary>The times of each item at its last callback.</summary>
    public ConcurrentDictionary<string, ItemTimes> Times { get; } = [];

    /// <summary>Called at each callback of an item.</summary>
    public Action<string>? OnTold { get; set; }

    public IEnumerable<string> Told => _told.Select(entry => entry.Told);

    public IEnumerable<string> Of(long item) => _told.Where(entry => entry.Item == item).Select(entry => entry.Told);

    public override void OnRunStarted(ObservedRun run) => Tell(-1, $"started {run.RunId}: {string.Join(", ", run.Stages)}");

    public override void OnAccepted(in ItemObservation item) => Tell(item, "accepted");

    public override void OnStatus(in ItemObservation item) => Tell(item, "status");

    public override void OnTask(in TaskObservation call) => Tell(call.Sequence, $"task {call.ToString()}.{call.Attempt}");

    public override void OnEnded(in ItemObservation item) => Tell(item, "ended");

    public override ValueTask OnRunEndedAsync(ObservedRun run)
    {
        Tell(-1, $"ended {run.RunId}");
        return default;
    }

    private void Tell(in ItemObservation item, string callback)
    {
        Times[item.ItemId.ToString()] = item.Times;
        Tell(item.Sequence, $"{callback} {item.ToString()}");
    }

    private void Tell(long item, string told)
    {
        _told.Enqueue((item, told));
        OnTold?.Invoke(told);
    }
}
