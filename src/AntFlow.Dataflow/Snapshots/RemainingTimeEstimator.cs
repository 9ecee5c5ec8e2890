namespace AntFlow.Dataflow.Snapshots;

/// <summary>Estimates the remaining time of a run from its snapshots.</summary>
/// <remarks>It has no clock: the snapshots contain the time. Use it from one thread at a time. It keeps a few numbers per stage and only the last snapshot. It extrapolates from the past: future
/// pauses, failures or slow periods are not included in the band.</remarks>
public sealed class RemainingTimeEstimator
{
    // A wider band is not useful.
    private const double WidestBand = 12;

    private StageHistory[]? _stages;
    private PipelineSnapshot? _last;
    private RemainingTime? _lastTime;
    private double _active;
    private double _fed;
    private double _fedFor;

    /// <summary>Adds a snapshot and returns the estimate.</summary>
    /// <param name="snapshot">The snapshot, of the same run as all snapshots before, and not older than these. A few per second give the best estimate. A snapshot that is not newer than the last
    /// one changes nothing.</param>
    /// <returns>The remaining time from <see cref="PipelineSnapshot.Timestamp"/> on.</returns>
    /// <exception cref="ArgumentException">The snapshot is of another run.</exception>
    public RemainingTime Add(PipelineSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (_last is not null && !string.Equals(_last.RunId, snapshot.RunId, StringComparison.Ordinal))
            throw new ArgumentException($"The snapshot is of run '{snapshot.RunId}', but all snapshots before were of run '{_last.RunId}'. Use another estimator for another run.", nameof(snapshot));
        if (_lastTime is not null && snapshot.Timestamp <= _last!.Timestamp && snapshot.Phase == _last.Phase)
            return _lastTime;
        if (snapshot.Phase == RunPhase.Ended)
        {
            // The run has ended and there is nothing more to learn from it. If the engine broke, the snapshot may contain no data of its stages.
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
        if (_stages is null)
        {
            GraphShape shape = now.GetShape();
            _stages = [.. now.Stages.Select((_, i) => new StageHistory(shape.IsExit(i)))];
        }

        double seconds = _last is null ? now.Elapsed.TotalSeconds : (now.Timestamp - _last.Timestamp).TotalSeconds;
        if (_last is not null && (IsHindered(_last) || IsHindered(now)))
            seconds = 0;
        _active += seconds;
        // An observation from the middle of the run has half the weight of a current one.
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
        if (toCome == 0 && now.Fed == now.Succeeded + now.Failed + now.Canceled + now.Filtered)
            return RemainingTime.Between(TimeSpan.Zero, TimeSpan.Zero);
        if (now.Fed == 0)
            return RemainingTime.Unknown("no item has been fed yet");
        GraphShape shape = now.GetShape();
        var shares = new LinkShares(now, shape);
        Band fed = toCome > 0 && now.Stages[shape.First].Queued == 0 ? FindFeeding(toCome) : Band.Zero;
        // For each stage: how many items it will hand on, and when the last of them has passed it.
        var handedOn = new double[work.Length];
        var ends = new Band[work.Length];
        string? guessed = null;
        for (int i = 0; i < work.Length; i++)
        {
            StageSnapshot stage = now.Stages[i];
            double coming = shape.PredecessorsOf(i).Sum(before => handedOn[before] * shares.Of(before, i)) + (i == shape.First ? toCome : 0);
            Band end = shape.PredecessorsOf(i).Aggregate(i == shape.First ? fed : Band.Zero, (latest, before) => Band.Max(latest, ends[before]));
            double waiting = coming + stage.Queued + stage.Quarantined + stage.Limited + stage.Retrying;
            double toBegin = waiting + Math.Max(0, stage.InProgress - work[i].Running.Count);
            if (stage.Polls && toBegin + stage.InProgress + stage.Polling > 0)
            {
                if (FindPolled(stage, _stages![i], waiting, end) is not { } polled)
                    return RemainingTime.Unknown($"no item has passed {stage.Name} yet");
                end = polled;
            }
            else if (toBegin + stage.InProgress > 0)
            {
                if (Forecast(stage, work[i], _stages![i], toBegin, 1) is not { } middle)
                    return RemainingTime.Unknown($"no item has passed {stage.Name} yet");
                if (_stages[i].Seen < 1)
                    guessed = stage.Name;
                end = Band.Max(FindStage(stage, work[i], _stages[i], toBegin, middle, now.Timestamp), end + middle.OneMore);
            }

            handedOn[i] = (toBegin + stage.InProgress + stage.Polling) * ShareHandedOn(stage);
            ends[i] = end;
        }

        Band last = shape.Exits.Aggregate(Band.Zero, (latest, exit) => Band.Max(latest, ends[exit]));
        return guessed is not null && last.High > WidestBand * last.Low
            ? RemainingTime.Unknown($"no item has passed {guessed} yet")
            : RemainingTime.Between(Time(last.Low), Time(last.High));
    }

    /// <summary>Returns when the last item has passed a stage that polls; null if the time that it takes is unknown. Its items are as if each had a worker, one for each place.</summary>
    private static Band? FindPolled(StageSnapshot stage, StageHistory history, double waiting, Band arrived)
    {
        if (stage.PollTimes.Count == 0)
            return null;
        var durations = new Durations(stage.PollTimes.Select(bucket => (bucket.LeastSeconds, bucket.MostSeconds, (double)bucket.Count)));
        var forecast = new StageForecast
        {
            Durations = durations,
            BusyEach = durations.Mean,
            Seen = Math.Max(1, history.Seen),
            Workers = stage.MaxInFlight ?? int.MaxValue,
            ToBegin = waiting,
            Running = [],
            Resting = stage.Polling + stage.InProgress,
            AgainShare = 0,
            Delays = [],
        };
        return waiting > 0 ? Band.Max(forecast.All, arrived + forecast.OneMore) : forecast.All;
    }

    private static Band FindStage(StageSnapshot stage, StageWork work, StageHistory history, double toBegin, StageForecast middle, DateTimeOffset now)
    {
        Band all = middle.All;
        if (history.Seen < 1)
        {
            // All that is known is that the run takes longer than so far: it is as likely to take more than twice as long as less.
            all = new Band(Forecast(stage, work, history, toBegin, 0.55)!.All.Low, all.Middle, Forecast(stage, work, history, toBegin, 4)!.All.High);
        }

        double due = stage.NextAttempts.Count == 0 ? 0 : Math.Max(0, (stage.NextAttempts[^1].DueAt - now).TotalSeconds);
        return Band.Max(all, new Band(due, due, due));
    }

    /// <summary>Returns the forecast of a stage; null if the time that it takes is unknown.</summary>
    private static StageForecast? Forecast(StageSnapshot stage, StageWork work, StageHistory history, double toBegin, double times)
    {
        bool isKnown = history.Seen >= 1;
        double each = isKnown ? history.GetBusyEach(work) : 2 * times * work.Running.DefaultIfEmpty().Max();
        if (!isKnown && each <= 0)
            return null;
        double left = Math.Max(1, stage.Completed + stage.Skipped + stage.Failed + stage.Filtered);
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

    /// <summary>Returns the share of the workers' time that a stage could use if its places were taken only by items between two attempts.</summary>
    private static double FindUsable(StageSnapshot stage, double each, double again)
    {
        double waits = 0;
        double share = again;
        foreach (TimeSpan delay in stage.RetryDelays)
        {
            waits += share * delay.TotalSeconds;
            share *= again;
        }

        return Math.Min(1, (stage.MaxInFlight ?? int.MaxValue) / (double)stage.Workers * each / (each + waits));
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
        return handedOn + stage.Failed + stage.Filtered > 0 ? handedOn / (handedOn + stage.Failed + stage.Filtered) : 1;
    }

    private static TimeSpan Time(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.TotalSeconds / 2));
}
