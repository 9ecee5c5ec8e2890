using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks what a tracker tells: a legal order for every item, and one end that is the result's.</summary>
internal sealed class TrackerCheck(Plan plan, Action<string> violated)
{
    private readonly ConcurrentQueue<StatusEvent> _told = new();

    public StatusTracker? Make(Functions functions)
    {
        var options = new StatusTrackerOptions
        {
            CallbackCapacity = plan.TrackCapacity,
            MaxEventsPerItem = 500,
            CallbackOverflow = plan.Track == TrackShape.DropOldest ? CallbackOverflow.DropOldest : CallbackOverflow.Wait,
        };
        return plan.Track switch
        {
            TrackShape.None => null,
            TrackShape.Silent => new StatusTracker(options),
            _ => new StatusTracker(options)
            {
                OnStatusChange = (e, ct) =>
                {
                    _told.Enqueue(e);
                    return functions.TrackAsync(e, ct);
                },
                OnTaskStart = (_, _) => ValueTask.CompletedTask,
                OnTaskFail = (_, _) => throw new PlannedException("OnTaskFail", 0),
            },
        };
    }

    public void Check(StatusTracker tracker, IReadOnlyList<PipelineResult<Cargo>> results)
    {
        long events = 0;
        // Items of one id are shown together, where there may be several.
        bool areMixed = plan is { Repeats: true, DuplicateHandling: null };
        HashSet<ItemId> mixed = areMixed ? [.. results.GroupBy(result => result.ItemId).Where(group => group.Count() > 1).Select(group => group.Key)] : [];
        foreach (PipelineResult<Cargo> result in results.Where(result => !mixed.Contains(result.ItemId)))
        {
            // What has failed because another one has its id is told under its automatic one.
            IReadOnlyList<StatusEvent> history = tracker.GetHistory(result.Error is DuplicateItemException ? ItemId.Automatic(result.Sequence) : result.ItemId);
            events += history.Count;
            CheckOrder(result, history);
        }

        bool areAllTold = plan.Track == TrackShape.Wait && !results.Any(result => result.WasAbandoned);
        if (areAllTold && _told.Count < events && plan.AbandonAfterMs == 30_000 && plan.Clock == Clock.Real)
            violated($"{_told.Count} of {events} events were told.");
        if (tracker.GetCounts().Total != results.Count)
            violated($"The tracker knows {tracker.GetCounts().Total} of {results.Count} items.");
        foreach (IGrouping<ItemId, StatusEvent> told in _told.Where(e => !mixed.Contains(e.ItemId)).GroupBy(e => e.ItemId))
        {
            if (told.Zip(told.Skip(1)).Any(pair => pair.Second.Timestamp < pair.First.Timestamp))
                violated($"Events of {told.Key} were told in another order than they happened.");
        }
    }

    private void CheckOrder(PipelineResult<Cargo> result, IReadOnlyList<StatusEvent> history)
    {
        string text = string.Join(' ', history.Select(e => $"{e.Stage}.{e.Status}"));
        StatusEvent? before = null;
        foreach (StatusEvent e in history)
        {
            if (!MayFollow(before, e))
                violated($"{result.ItemId}: {e.Stage}.{e.Status} is out of order: {text}");
            before = e;
        }

        bool isEnd = before is not null && before.Stage == result.Stage && result.Status switch
        {
            ResultStatus.Succeeded => before.Status is ItemStatus.Completed or ItemStatus.Skipped && plan.Graph.TargetsOf(IndexOf(before)).Contains(plan.Graph.End),
            ResultStatus.Failed => before.Status == ItemStatus.Failed,
            ResultStatus.Filtered => before.Status == ItemStatus.Filtered,
            _ => before.Status == ItemStatus.Canceled,
        };
        if (!isEnd)
            violated($"{result.ItemId} ended {result.Status} in {result.Stage}, and its history is {text}");
    }

    private bool MayFollow(StatusEvent? before, StatusEvent e)
    {
        if (before is null)
            return e.Status == ItemStatus.Queued && e.Attempt == 0;
        if (e.Timestamp < before.Timestamp || (e.Status == ItemStatus.Queued && e.Attempt != 0))
            return false;
        if (e.Status == ItemStatus.Queued)
            return before.Status is ItemStatus.Completed or ItemStatus.Skipped && plan.Graph.TargetsOf(IndexOf(before)).Contains(IndexOf(e));
        if (e.Stage != before.Stage)
            return false;
        return before.Status switch
        {
            ItemStatus.Queued => e.Status is not (ItemStatus.Retrying or ItemStatus.Completed or ItemStatus.Filtered),
            ItemStatus.InProgress => e.Status is ItemStatus.Retrying or ItemStatus.Completed or ItemStatus.Filtered or ItemStatus.Failed or ItemStatus.Canceled,
            // Failed at once, if the time of the item is over before its next attempt can begin.
            ItemStatus.Retrying => e.Status is ItemStatus.InProgress or ItemStatus.Canceled or ItemStatus.Failed,
            _ => false,
        };
    }

    private int IndexOf(StatusEvent e) => plan.Stages.Single(stage => stage.Name == e.Stage).Index;
}
