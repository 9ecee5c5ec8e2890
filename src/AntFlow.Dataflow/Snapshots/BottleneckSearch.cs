namespace AntFlow.Dataflow.Snapshots;

/// <summary>Finds the bottleneck of a run. Pure.</summary>
/// <remarks>A stage is constrained if its items wait and cannot continue faster: all its workers are busy or wait for a limit, or its places are occupied by items between two attempts. A stage
/// whose workers wait for room is not constrained; the next stage is the cause. Among several constrained stages, the search selects the one that takes longest for all items that have yet to pass
/// it. If that is unknown or about equal, it selects the last one with a long queue, because no earlier stage can make the results arrive faster.</remarks>
internal sealed class BottleneckSearch
{
    private const double LongQueue = 0.5;
    private const double AboutTheSame = 1.1;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly PipelineSnapshot _now;
    private readonly PipelineSnapshot? _before;
    private readonly StageLoad[] _stages;
    private readonly GraphShape _shape;
    private readonly LinkShares _shares;

    public BottleneckSearch(PipelineSnapshot now, PipelineSnapshot? before)
    {
        _now = now;
        _shape = now.GetShape();
        _shares = new LinkShares(now, _shape);
        _before = before is not null && before.Timestamp < now.Timestamp && before.Stages.Count == now.Stages.Count ? before : null;
        double seconds = _before is null ? 0 : (now.Timestamp - _before.Timestamp).TotalSeconds;
        Dictionary<string, double> busy = BusySeconds.ByStage(now);
        Dictionary<string, double> busyBefore = _before is null ? [] : BusySeconds.ByStage(_before);
        _stages = [.. now.Stages.Select((stage, i) => new StageLoad(
            stage, _before?.Stages[i], seconds, busy.GetValueOrDefault(stage.Name), busyBefore.GetValueOrDefault(stage.Name)) { IsExit = _shape.IsExit(i) })];
    }

    private long InFlight => _now.Fed - _now.Succeeded - _now.Failed - _now.Canceled - _now.Filtered;

    /// <summary>Whether more items are about to be fed.</summary>
    private bool IsFeeding => _now.IsInputOpen && (_now.IsFeeding || _now.Total > _now.Fed || (_before is not null && _now.Fed > _before.Fed));

    /// <summary>The last stage that waits for the reader, not only at this instant; null if there is none.</summary>
    private StageLoad? BlockedByReader => Array.FindLast(_stages, stage => stage.IsBlocked && stage.IsExit);

    public Bottleneck Find()
    {
        if (_now.Phase == RunPhase.Ended)
            return BottleneckText.Finished(_now);
        if (_now.Phase != RunPhase.Running)
            return _now.Phase == RunPhase.Stopping && _now.InProgress == 0 && BlockedByReader is { } held ? BottleneckText.Reader(held.Now) : BottleneckText.Stopping(_now, InFlight);
        if (_now.IsPaused)
            return BottleneckText.Paused(_now);
        if (_now.StoreFailingSince is not null || _now.IsStoreOpening)
            return BottleneckText.Store(_now);
        if (InFlight == 0 && !IsFeeding)
            return BottleneckText.Nothing(_now);
        if (FindOwnFeed() is { } ownFeed)
            return ownFeed;
        if (_now.IsObserverBehind && _before is not { IsObserverBehind: false })
            return BottleneckText.Observer();
        if (InFlight == 0)
            // At the first snapshot there was no time yet to feed anything.
            return _before is null && _now.Fed == 0 ? BottleneckText.Nothing(_now) : FindFeeder();
        if (Array.FindLast(_stages, stage => stage.Now.IsPaused && stage.Now.Queued + stage.Now.Quarantined + stage.Now.Limited + stage.Now.Retrying + stage.Now.Polling > 0) is { } paused)
            return BottleneckText.Paused(paused.Now);
        // The completed items of all stages wait for the store, and the workers wait for these items.
        if (_now.Saving > 0 && _now.InProgress + _now.Queued + _now.Quarantined + _now.Limited + _now.Retrying + _now.Polling + _now.Blocked == 0 && !IsFeeding)
            return BottleneckText.Saving(_now);
        return FindConstrained() ?? FindUnconstrained();
    }

    /// <summary>Finds a feed call of the run's own code that has waited for more than a moment for room in a full stage, and so perhaps for itself.</summary>
    private Bottleneck? FindOwnFeed() =>
        _now.OwnFeed is { } feed && feed.For >= _patience && Array.Find(_stages, stage => string.Equals(stage.Name, feed.Stage, StringComparison.Ordinal)) is { } fed
            && (fed.Free == 0 || _now.IsObserverBehind)
            ? BottleneckText.OwnFeed(fed.Now, feed.For, _now.IsObserverBehind)
            : null;

    private Bottleneck? FindConstrained()
    {
        int? best = null;
        for (int i = 0; i < _stages.Length; i++)
        {
            if (IsConstrained(i) && (best is not { } other || Outweighs(i, other)))
                best = i;
        }

        return best is { } found ? Describe(found) : null;
    }

    private bool IsConstrained(int index)
    {
        StageLoad stage = _stages[index];
        if (stage.IsBlocked)
            return stage.IsExit;
        if (stage.Limit is not null || stage.IsInBackoff || stage.IsFullOfPolled || stage.IsHeldByKeys || stage.HoldsSuspects)
            return true;
        return stage.Now.Queued > 0 && (stage.Free == 0 || FindBlockedBefore(index) is not null || (_before is not null && stage.Load >= 0.9));
    }

    /// <summary>Returns a stage whose workers wait for room in this stage; null if there is none.</summary>
    private StageLoad? FindBlockedBefore(int index) => _shape.PredecessorsOf(index).Select(before => _stages[before]).FirstOrDefault(before => before.IsBlocked);

    /// <summary>Returns whether a constrained stage holds the run back more than an earlier one.</summary>
    private bool Outweighs(int later, int earlier)
    {
        double? times = _stages[later].Rate is { } slow && _stages[earlier].Rate is { } fast && (slow > 0 || fast > 0)
            ? fast / slow * (Remaining(later) / Remaining(earlier))
            : null;
        if (times > AboutTheSame)
            return true;
        if (times < 1 / AboutTheSame)
            return false;
        double fill = _stages[later].Fill;
        return fill >= LongQueue || FindBlockedBefore(later) is not null || _stages[later].IsBlocked || (times is null && fill >= _stages[earlier].Fill);
    }

    /// <summary>Returns how many items have yet to pass a stage; the same number for all stages if the total is unknown.</summary>
    private double Remaining(int index)
    {
        if (_now.IsInputOpen && _now.Total is null)
            return 1;
        double toCome = _now.IsInputOpen ? Math.Max(0, _now.Total.GetValueOrDefault() - _now.Fed) : 0;
        double[] reach = _shares.ReachOf(index);
        return Math.Max(1, (toCome * reach[_shape.First]) + reach.Select((share, stage) => share * _stages[stage].Inside).Sum());
    }

    private Bottleneck Describe(int index)
    {
        StageLoad stage = _stages[index];
        if (stage.IsBlocked)
            return BottleneckText.Reader(stage.Now);
        if (stage.Limit is { } limit)
            return BottleneckText.TaskLimit(stage.Now, limit);
        if (stage.IsHeldByKeys)
            return BottleneckText.Keys(stage);
        if (stage.IsFullOfPolled)
            return BottleneckText.Polling(stage, _now.Timestamp);
        if (stage.IsInBackoff)
            return BottleneckText.Backoff(stage, _now.Timestamp);
        if (stage.HoldsSuspects)
            return BottleneckText.Suspects(stage.Now, _now);
        if (stage.Free == 0 || stage.Load >= 0.9)
            return FindBlockedBefore(index) is { } held ? BottleneckText.Downstream(held.Now, stage.Now) : BottleneckText.Workers(stage.Now);
        return BottleneckText.Late(stage);
    }

    /// <summary>Finds the bottleneck if no item waits that could continue: too few items arrive, or few are left.</summary>
    private Bottleneck FindUnconstrained()
    {
        if (Array.Find(_stages, stage => stage.IsLate) is { } late)
            return BottleneckText.Late(late);
        if (IsFeeding)
        {
            StageLoad? busiest = _stages.Where(stage => stage.IsSaturated && !stage.IsBlocked).MinBy(stage => stage.Rate ?? double.MaxValue);
            return busiest is null ? FindFeeder() : BottleneckText.Workers(busiest.Now);
        }

        if (_now.Polling > Math.Max(_now.InProgress, _now.Retrying))
            return BottleneckText.Polling(_stages.MaxBy(stage => stage.Now.Polling)!, _now.Timestamp);
        if (_now.Retrying > _now.InProgress)
            return BottleneckText.Backoff(_stages.MaxBy(stage => stage.Now.Retrying)!, _now.Timestamp);
        StageLoad slowest = _stages.MaxBy(stage => (stage.Now.InProgress > 0, stage.SecondsPerItem ?? double.MaxValue, stage.Now.InProgress))!;
        if (slowest.Now.InProgress > 0)
            return BottleneckText.LastItems(slowest.Now, InFlight);
        if (_now.Blocked > 0)
            return BottleneckText.Reader(_stages.Where(stage => stage.IsExit).MaxBy(stage => stage.Now.BlockedWorkers)!.Now);
        StageLoad longest = _stages.MaxBy(stage => stage.Inside)!;
        return longest.Inside > 0 ? BottleneckText.Late(longest) : BottleneckText.Nothing(_now);
    }

    private Bottleneck FindFeeder() => _now.IsFeederBlocked ? BottleneckText.BlockedFeeder() : BottleneckText.Feeder(_stages[_shape.First]);
}
