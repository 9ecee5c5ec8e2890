using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks every snapshot of a run: that it adds up, that totals never fall, and that nothing is above its bound.</summary>
internal sealed class SnapshotCheck(Plan plan, Bodies bodies, Coverage coverage, Action<string> violated)
{
    private readonly Allowance[] _places =
        [.. plan.Stages.Select(stage => new Allowance($"{stage.Name}, places", PlacesOf(stage, stage.Workers), violated))];

    public Allowance[] Places => _places;

    public PipelineSnapshot? Last { get; private set; }

    public static int PlacesOf(StagePlan stage, int workers) => (stage.MaxInFlight, stage.Limits.Count, stage.Capacity) switch
    {
        (null, _, _) when stage.Poll is not null => 10_000,
        ({ } most, _, _) => Math.Max(workers, most),
        (_, > 1, _) => workers,
        (_, _, StageOptions.Unbounded) => workers * 11,
        _ => workers + (stage.Capacity ?? stage.Workers * 10),
    };

    public void Check(Func<PipelineSnapshot> take)
    {
        int[] versions = [.. bodies.Stages.Select(stage => stage.Version)];
        int[] placeVersions = [.. _places.Select(stage => stage.Version)];
        PipelineSnapshot now = take();
        CheckSums(now);
        for (int i = 0; i < now.Stages.Count; i++)
        {
            StageSnapshot stage = now.Stages[i];
            bool mayLower = stage.Canceled == 0;
            // At the limit of the first task an item waits without a worker, and without a place unless it has begun.
            long held = plan.Stages[i].Limits[0] is null ? 0 : stage.Limits[0].Waiting;
            bodies.Stages[i].Check(stage.InProgress + stage.Limited - held, versions[i], mayLower);
            if (held > bodies.Stages[i].Highest)
                violated($"{stage.Name}: {held} wait for a permit of the first task, and there were never more than {bodies.Stages[i].Highest} workers");
            // Items that came back to the queue hold a place, and cannot be told from others there.
            _places[i].Check(stage.InProgress + stage.Limited - held + stage.Retrying + stage.Polling, placeVersions[i], mayLower && stage.Queued == 0 && held == 0);
            CheckRoom(stage, i);
            CheckPolling(stage, plan.Stages[i]);
        }

        if (Last is { } before)
            CheckProgress(before, now);
        Last = now;
    }

    public void CheckSums(PipelineSnapshot now)
    {
        long states = now.Queued + now.Quarantined + now.Limited + now.InProgress + now.Retrying + now.Polling + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled + now.Filtered;
        if (now.Fed != states)
            violated($"Fed is {now.Fed}, and the states sum up to {states}: {now}");
        NotNegative("run", now.Queued, now.Quarantined, now.Limited, now.InProgress, now.Overdue, now.Retrying, now.Polling, now.Saving, now.Blocked, now.Succeeded, now.Failed, now.Canceled, now.Filtered);
        foreach (StageSnapshot stage in now.Stages)
        {
            long parts = stage.Queued + stage.Quarantined + stage.Limited + stage.InProgress + stage.Retrying + stage.Polling + stage.Saving + stage.Completed + stage.Skipped + stage.Failed + stage.Canceled + stage.Filtered;
            if (stage.Arrived != parts)
                violated($"{stage.Name}: {stage.Arrived} arrived, and the states sum up to {parts}: {stage}");
            NotNegative(stage.Name, stage.Queued, stage.Quarantined, stage.Limited, stage.InProgress, stage.Overdue, stage.Retrying, stage.Polling, stage.Saving, stage.Completed, stage.Skipped, stage.Failed, stage.Canceled, stage.Filtered, stage.BlockedWorkers);
            if (stage.Overdue > stage.InProgress)
                violated($"{stage.Name}: more overdue than in progress: {stage}");
        }

        CheckLinks(now);
    }

    /// <summary>What has left a stage has come over a link to the next one, or to the results; the rest of what a stage has got was fed into it.</summary>
    private void CheckLinks(PipelineSnapshot now)
    {
        foreach ((int index, StageSnapshot stage) in now.Stages.Index())
        {
            long left = now.Links.Where(link => link.From == stage.Name).Sum(link => link.Passed);
            if (left != stage.Completed + stage.Skipped)
                violated($"{stage.Name}: {left} have left over its links: {stage}");
            long came = now.Links.Where(link => link.To == stage.Name).Sum(link => link.Passed);
            bool isFed = plan.Feeders.Any(feeder => feeder.Stage == index);
            if (came > stage.Arrived || (came < stage.Arrived && !isFed))
                violated($"{stage.Name}: {came} have come over its links: {stage}");
        }

        // Every item that was fed has been fed into some stage.
        long fed = now.Stages.Sum(stage => stage.Arrived) - now.Links.Where(link => link.To is not null).Sum(link => link.Passed);
        if (fed != now.Fed)
            violated($"{fed} were fed into stages by the links: {now}");
        long ended = now.Links.Where(link => link.To is null).Sum(link => link.Passed);
        if (ended != now.Succeeded + now.Blocked)
            violated($"{ended} have come to the results over the links: {now}");
    }

    private void NotNegative(string who, params ReadOnlySpan<long> counts)
    {
        foreach (long count in counts)
        {
            if (count < 0)
                violated($"{who}: a count is {count}");
        }
    }

    /// <summary>Promise 5: at most the capacity, one more for each call that brought one, and items that come back.</summary>
    private void CheckRoom(StageSnapshot stage, int index)
    {
        StagePlan planned = plan.Stages[index];
        int capacity = planned.Capacity ?? planned.Workers * 10;
        if (capacity == StageOptions.Unbounded)
            return;
        int bringing = plan.Feeders.Count + plan.Graph.Predecessors[index].Sum(before => bodies.Stages[before].Highest);
        if (stage.Queued > capacity + bringing + _places[index].Highest)
            violated($"{stage.Name}: {stage.Queued} wait, with a capacity of {capacity} and {bringing} who bring items");
    }

    /// <summary>Only a stage that polls has items that wait for a look, and it says when the first one is due.</summary>
    private void CheckPolling(StageSnapshot stage, StagePlan planned)
    {
        if (stage.Polling > 0)
            coverage.See("Poll.in a snapshot");
        if (stage.Polling > 0 != stage.NextLookAt is not null || (planned.Poll is null && stage.Polling > 0) || (planned.Shape != Shape.Where && stage.Filtered > 0))
            violated($"{stage.Name}: {stage.Polling} wait for a look, the next at {stage.NextLookAt}, and {stage.Filtered} were filtered out of a stage of the kind {planned.Shape}");
    }

    private void CheckProgress(PipelineSnapshot before, PipelineSnapshot now)
    {
        bool fell = now.Fed < before.Fed || now.Duplicates < before.Duplicates || now.Succeeded < before.Succeeded || now.Failed < before.Failed || now.Canceled < before.Canceled || now.Filtered < before.Filtered;
        for (int i = 0; i < now.Stages.Count; i++)
        {
            StageSnapshot was = before.Stages[i];
            StageSnapshot stage = now.Stages[i];
            fell |= stage.Arrived < was.Arrived || stage.Completed < was.Completed || stage.Skipped < was.Skipped || stage.Failed < was.Failed
                || stage.Canceled < was.Canceled || stage.Filtered < was.Filtered || stage.Attempts < was.Attempts || stage.ThrottledCalls < was.ThrottledCalls;
        }

        for (int i = 0; i < now.Links.Count; i++)
            fell |= now.Links[i].Passed < before.Links[i].Passed;
        if (fell)
            violated($"A total has fallen: {before} then {now}");
    }
}
