namespace AntFlow.Dataflow.Snapshots;

/// <summary>Estimates from snapshots of one run how long it will still take.</summary>
/// <remarks>It has no clock: what time it is, the snapshots tell. One thread at a time. It keeps a few numbers a stage, and no snapshot but the last.
/// It reckons with what it has seen: a pause, a storm of failures or a slow hour that is yet to come is in no band.</remarks>
public sealed class RemainingTimeEstimator
{
    // A band that is wider than this says nothing.
    private const double WidestBand = 12;

    private StageHistory[]? _stages;
    private PipelineSnapshot? _last;
    private RemainingTime? _lastTime;
    private double _active;
    private double _fed;
    private double _fedFor;

    /// <summary>Takes in how the run looks now.</summary>
    /// <param name="snapshot">The snapshot: of the same run as all before, and not older than they. A few a second are best; one that is not newer than the last changes nothing.</param>
    /// <returns>How long it will still take, from <see cref="PipelineSnapshot.Timestamp"/> on.</returns>
    /// <exception cref="ArgumentException">The snapshot is of another run.</exception>
    public RemainingTime Add(PipelineSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (_last is not null && !string.Equals(_last.RunId, snapshot.RunId, StringComparison.Ordinal))
            throw new ArgumentException($"The snapshot is of run '{snapshot.RunId}'; all before were of '{_last.RunId}'. Take another estimator for another run.", nameof(snapshot));
        if (_lastTime is not null && snapshot.Timestamp <= _last!.Timestamp && snapshot.Phase == _last.Phase)
            return _lastTime;
        if (snapshot.Phase == RunPhase.Ended)
        {
            // Nothing is learned of it any more: where the engine broke, it may know nothing of its stages.
            _last = snapshot;
            return _lastTime = RemainingTime.Between(TimeSpan.Zero, TimeSpan.Zero);
        }

        StageWork[] work = StageWork.Of(snapshot);
        Learn(snapshot, work);
        _last = snapshot;
        return _lastTime = FindObstacle(snapshot) is { } obstacle ? RemainingTime.Unknown(obstacle) : Estimate(snapshot, work);
    }

    private static string? FindObstacle(PipelineSnapshot now)
    {
        if (now.Phase != RunPhase.Running)
            return now.Phase == RunPhase.Canceling ? "the run is being canceled" : "the run is being stopped";
        if (now.IsPaused)
            return "the run is paused";
        if (now.Stages.FirstOrDefault(stage => stage.IsPaused) is { } paused)
            return $"{paused.Name} is paused";
        return now is { IsInputOpen: true, Total: null } ? "it is not known how many items are to come" : null;
    }

    private static bool IsHindered(PipelineSnapshot snapshot) => snapshot.Stages.Any(stage => stage.IsPaused);

    private void Learn(PipelineSnapshot now, StageWork[] work)
    {
        _stages ??= [.. now.Stages.Select((_, i) => new StageHistory(now.Shape.IsExit(i)))];
        double seconds = _last is null ? now.Elapsed.TotalSeconds : (now.Timestamp - _last.Timestamp).TotalSeconds;
        if (_last is not null && (IsHindered(_last) || IsHindered(now)))
            seconds = 0;
        _active += seconds;
        // What happened in the middle of the run counts half of what happens now.
        double keep = _active > 0 ? 1 - Math.Min(1, seconds / _active) : 1;
        if (_last is null)
            keep = 1;
        for (int i = 0; i < _stages.Length; i++)
            _stages[i].Add(now.Stages[i], work[i], seconds, keep);
        _fed = (_fed * keep) + now.Fed - (_last?.Fed ?? 0);
        _fedFor = (_fedFor * keep) + seconds;
    }

    private RemainingTime Estimate(PipelineSnapshot now, StageWork[] work)
    {
        double toCome = now.IsInputOpen ? Math.Max(0, now.Total.GetValueOrDefault() - now.Fed) : 0;
        if (toCome == 0 && now.Fed == now.Succeeded + now.Failed + now.Canceled)
            return RemainingTime.Between(TimeSpan.Zero, TimeSpan.Zero);
        if (now.Fed == 0)
            return RemainingTime.Unknown("no item was fed yet");
        GraphShape shape = now.Shape;
        Band fed = toCome > 0 && now.Stages[shape.First].Queued == 0 ? FindFeeding(toCome) : Band.Zero;
        // Of each stage: how many items it will hand on, and when the last of them has passed it.
        var handedOn = new double[work.Length];
        var ends = new Band[work.Length];
        string? guessed = null;
        for (int i = 0; i < work.Length; i++)
        {
            StageSnapshot stage = now.Stages[i];
            double coming = shape.PredecessorsOf(i).Sum(before => handedOn[before]) + (i == shape.First ? toCome : 0);
            Band end = shape.PredecessorsOf(i).Aggregate(i == shape.First ? fed : Band.Zero, (latest, before) => Band.Max(latest, ends[before]));
            double toBegin = coming + stage.Queued + stage.Held + stage.Limited + stage.Retrying + Math.Max(0, stage.InProgress - work[i].Running.Count);
            if (toBegin + stage.InProgress > 0)
            {
                if (Forecast(stage, work[i], _stages![i], toBegin, 1) is not { } middle)
                    return RemainingTime.Unknown($"no item has passed {stage.Name} yet");
                if (_stages[i].Seen < 1)
                    guessed = stage.Name;
                end = Band.Max(FindStage(stage, work[i], _stages[i], toBegin, middle, now.Timestamp), end + middle.OneMore);
            }

            handedOn[i] = (toBegin + stage.InProgress) * ShareHandedOn(stage);
            ends[i] = end;
        }

        Band last = ends[shape.Exit];
        return guessed is not null && last.High > WidestBand * last.Low
            ? RemainingTime.Unknown($"no item has passed {guessed} yet")
            : RemainingTime.Between(Time(last.Low), Time(last.High));
    }

    private static Band FindStage(StageSnapshot stage, StageWork work, StageHistory history, double toBegin, StageForecast middle, DateTimeOffset now)
    {
        Band all = middle.All;
        if (history.Seen < 1)
        {
            // Nothing is known but that it takes longer than so far: as likely more than twice as long as less.
            all = new Band(Forecast(stage, work, history, toBegin, 0.55)!.All.Low, all.Middle, Forecast(stage, work, history, toBegin, 4)!.All.High);
        }

        double due = stage.NextAttempts.Count == 0 ? 0 : Math.Max(0, (stage.NextAttempts[^1].DueAt - now).TotalSeconds);
        return Band.Max(all, new Band(due, due, due));
    }

    /// <summary>What a stage has to do; null if nothing is known of how long it takes.</summary>
    private static StageForecast? Forecast(StageSnapshot stage, StageWork work, StageHistory history, double toBegin, double times)
    {
        bool isKnown = history.Seen >= 1;
        double each = isKnown ? history.GetBusyEach(work) : 2 * times * work.Running.DefaultIfEmpty().Max();
        if (!isKnown && each <= 0)
            return null;
        double left = Math.Max(1, stage.Completed + stage.Skipped + stage.Failed);
        double calls = (stage.Attempts - stage.InProgress) / (double)stage.TaskCount;
        double again = history.HasRetried && calls > left ? Math.Clamp(1 - (left / calls), 0, 0.9) : 0;
        return new StageForecast
        {
            Durations = stage.Times.Any(bucket => bucket.Count > 0)
                ? new Durations(stage.Times.Select(bucket => (bucket.LeastSeconds, bucket.MostSeconds, (double)bucket.Count)))
                : Durations.OfMean(Math.Max(each, 1e-6)),
            BusyEach = each,
            // A guess has its own band already.
            Seen = isKnown ? history.Seen : 1000,
            Workers = Math.Max(0.1, stage.Workers * history.GetUsable(FindUsable(stage, each, again))),
            ToBegin = toBegin,
            Running = work.Running,
            AgainShare = again,
            Delays = [.. stage.RetryDelays.Select(delay => delay.TotalSeconds)],
        };
    }

    /// <summary>The share of its workers' time a stage could use if nothing but items between two attempts took its places.</summary>
    private static double FindUsable(StageSnapshot stage, double each, double again)
    {
        double waits = 0;
        double share = again;
        foreach (TimeSpan delay in stage.RetryDelays)
        {
            waits += share * delay.TotalSeconds;
            share *= again;
        }

        return Math.Min(1, (stage.Places ?? int.MaxValue) / (double)stage.Workers * each / (each + waits));
    }

    private Band FindFeeding(double toCome)
    {
        if (_fed <= 0)
            return Band.Zero;
        double seconds = toCome * _fedFor / _fed;
        double error = 1.5 * seconds * Math.Sqrt((1 / _fed) + (1 / toCome) + 0.005);
        return new Band(Math.Max(0, seconds - error), seconds, seconds + error);
    }

    private static double ShareHandedOn(StageSnapshot stage)
    {
        double handedOn = stage.Completed + stage.Skipped;
        return handedOn + stage.Failed > 0 ? handedOn / (handedOn + stage.Failed) : 1;
    }

    private static TimeSpan Time(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.TotalSeconds / 2));
}
