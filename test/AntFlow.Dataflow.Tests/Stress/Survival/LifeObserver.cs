using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Observes a start of the run: each item is accepted once and ends once, whatever it did in earlier starts, and the times it has spent add up.</summary>
internal sealed class LifeObserver(int number, ObserverInterests interests, Action<string> violated) : PipelineObserver
{
    private readonly ConcurrentDictionary<long, long> _accepted = [];
    private readonly ConcurrentDictionary<long, bool> _ended = [];

    public override ObserverInterests Interests => interests;

    public override void OnAccepted(in ItemObservation item)
    {
        if (!_accepted.TryAdd(item.Sequence, item.ClockTimestamp) || item.Status is not (ItemStatus.Queued or ItemStatus.Completed))
            violated($"Life {number}: item {item.ItemId} was accepted twice, or as {item.Status}.");
    }

    public override void OnStatus(in ItemObservation item) => Check(item);

    public override void OnEnded(in ItemObservation item)
    {
        Check(item);
        if (!item.IsEnd || !_ended.TryAdd(item.Sequence, true))
            violated($"Life {number}: the end of item {item.ItemId} was told twice, or is none: {item.Status}.");
    }

    /// <summary>The start has ended.</summary>
    public void CheckEnd()
    {
        if (interests.HasFlag(ObserverInterests.Ends | ObserverInterests.Acceptance) && _accepted.Count != _ended.Count)
            violated($"Life {number}: an observer was told of {_accepted.Count} accepted items, and of the ends of {_ended.Count}.");
    }

    private void Check(in ItemObservation item)
    {
        if (_ended.ContainsKey(item.Sequence))
            violated($"Life {number}: item {item.ItemId} had ended.");
        if (!interests.HasFlag(ObserverInterests.Acceptance))
            return;
        if (!_accepted.TryGetValue(item.Sequence, out long acceptedAt))
        {
            violated($"Life {number}: item {item.ItemId} was not accepted before it is {item.Status}.");
            return;
        }

        TimeSpan passed = item.Run.TimeOf(item.ClockTimestamp) - item.Run.TimeOf(acceptedAt);
        // Each of the parts is cut to whole ticks.
        if ((passed - item.Times.Total).Duration() > TimeSpan.FromTicks(8))
            violated($"Life {number}: item {item.ItemId} is {item.Status} after {passed}, and its times add up to {item.Times.Total}: {item.Times}");
    }
}
