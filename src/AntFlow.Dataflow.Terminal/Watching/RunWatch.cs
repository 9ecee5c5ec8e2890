namespace AntFlow.Dataflow.Terminal;

/// <summary>Converts the snapshots of a run, one after the other, to the state that views show. Has no clock and no console.</summary>
/// <param name="hasKeys">Whether the user can press keys.</param>
/// <param name="zone">The user's time zone, in which times of day are shown. Default: the offset of the snapshots.</param>
internal sealed class RunWatch(bool hasKeys, TimeZoneInfo? zone = null)
{
    private readonly ThroughputHistory _history = new();
    private readonly RemainingTimeEstimator _estimator = new();
    private PipelineSnapshot? _before;

    /// <summary>The current state; null before the first snapshot.</summary>
    public Watched? Current { get; private set; }

    public Watched Add(PipelineSnapshot now)
    {
        _history.Add(now);
        RemainingTime remaining = _estimator.Add(now);
        Current = new Watched
        {
            Now = now,
            Remaining = remaining,
            Bottleneck = Find(now, _before),
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

    /// <summary>Updates the state before the next snapshot is due, because the user has changed the run.</summary>
    public void Refresh(PipelineSnapshot now) => Choose(watched => watched with { Now = now, Bottleneck = Find(now, before: null) });

    /// <summary>Changes the user's choices.</summary>
    public void Choose(Func<Watched, Watched> change)
    {
        if (Current is not null)
            Current = change(Current);
    }

    private Bottleneck Find(PipelineSnapshot now, PipelineSnapshot? before) =>
        Bottleneck.Find(zone is null ? now : now with { Timestamp = TimeZoneInfo.ConvertTime(now.Timestamp, zone) }, before);
}
