namespace AntFlow.Dataflow.Tests.Displays;

/// <summary>Writes down what it is called with, and does what a test says in each call.</summary>
internal sealed class CollectingDisplay : IPipelineDisplay
{
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];
    private readonly List<PipelineSnapshot> _snapshots = [];
    private int _inside;

    public Action<IPipelineRun, long?>? Starting { get; init; }

    public Action<PipelineSnapshot>? Updating { get; init; }

    public Action<PipelineReport>? Finishing { get; init; }

    public IPipelineRun? Run { get; private set; }

    public PipelineReport? Report { get; private set; }

    /// <summary>Whether two calls ever met.</summary>
    public bool HasOverlapped { get; private set; }

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public IReadOnlyList<PipelineSnapshot> Snapshots
    {
        get
        {
            lock (_lock)
                return [.. _snapshots];
        }
    }

    public void OnStart(IPipelineRun run, long? total)
    {
        Run = run;
        Note($"start {total?.ToString() ?? "unknown"}", () => Starting?.Invoke(run, total));
    }

    public void OnUpdate(PipelineSnapshot snapshot)
    {
        lock (_lock)
            _snapshots.Add(snapshot);
        Note("update", () => Updating?.Invoke(snapshot));
    }

    public void OnFinish(PipelineReport report)
    {
        Report = report;
        Note("finish", () => Finishing?.Invoke(report));
    }

    private void Note(string call, Action action)
    {
        if (Interlocked.Increment(ref _inside) > 1)
            HasOverlapped = true;
        lock (_lock)
            _calls.Add(call);
        try
        {
            action();
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
