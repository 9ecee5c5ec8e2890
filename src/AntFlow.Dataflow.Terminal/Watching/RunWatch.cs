namespace AntFlow.Dataflow.Terminal;

/// <summary>Makes of the snapshots of a run, one after the other, what views show. Has no clock and no console.</summary>
/// <param name="hasKeys">Whether the user can press keys.</param>
/// <param name="zone">Where the user is: times of day are said as they are there. Default: as the snapshots have them.</param>
internal sealed class RunWatch(bool hasKeys, TimeZoneInfo? zone = null)
{
    /// <summary>How many failed items a summary names.</summary>
    public const int MostFailed = 20;

    private readonly ThroughputHistory _history = new();
    private readonly RemainingTimeEstimator _estimator = new();
    private readonly List<FailedItem> _firstFailed = [];
    private PipelineSnapshot? _before;

    /// <summary>The first items that failed, as far as they were seen: a snapshot keeps the newest 1,000.</summary>
    public IReadOnlyList<FailedItem> FirstFailed => _firstFailed;

    /// <summary>What is known by now; null before the first snapshot.</summary>
    public Watched? Current { get; private set; }

    public Watched Add(PipelineSnapshot now)
    {
        _history.Add(now);
        NoteFailed(now.Errors);
        RemainingTime remaining = _estimator.Add(now);
        Current = new Watched
        {
            Now = now,
            Remaining = remaining,
            Bottleneck = Bottleneck.Find(zone is null ? now : now with { Timestamp = TimeZoneInfo.ConvertTime(now.Timestamp, zone) }, _before),
            Rate = _history.Rate,
            Throughput = _history.PerSecond,
            Selected = Math.Clamp(Current?.Selected ?? 0, 0, Math.Max(0, now.Stages.Count - 1)),
            ShowsHelp = Current?.ShowsHelp ?? false,
            Notice = Current?.Notice,
            HasKeys = hasKeys,
        };
        _before = now;
        return Current;
    }

    /// <summary>Changes what the user has chosen.</summary>
    public void Choose(Func<Watched, Watched> change)
    {
        if (Current is not null)
            Current = change(Current);
    }

    public void NoteFailed(ErrorSummary errors)
    {
        long missing = errors.TotalFailed - errors.FailedItems.Count;
        for (int i = 0; i < errors.FailedItems.Count && _firstFailed.Count < MostFailed; i++)
        {
            if (missing + i >= _firstFailed.Count)
                _firstFailed.Add(errors.FailedItems[i]);
        }
    }
}
