namespace AntFlow.Dataflow;

/// <summary>The runs of this process: for pages, health checks and tools that are not given them.</summary>
/// <remarks><b>The lock</b> guards the list. A run is listed from its start to its end, and by a weak reference: the list keeps no run alive. Nothing is called under it.</remarks>
public static class PipelineRuns
{
    private static readonly Lock _lock = new();
    private static readonly List<Entry> _runs = [];

    /// <summary>The runs that go on now, in the order of their start; not those that were started with <see cref="RunOptions.IsListed"/> set to false. May be read from any thread.</summary>
    public static IReadOnlyList<IPipelineRun> Live
    {
        get
        {
            List<IPipelineRun> live = [];
            lock (_lock)
            {
                foreach (Entry entry in _runs)
                {
                    if (!entry.Completion.IsCompleted && entry.Run.TryGetTarget(out IPipelineRun? run))
                        live.Add(run);
                }
            }

            return live;
        }
    }

    /// <summary>Lists a run until it ends.</summary>
    internal static void Add(IPipelineRun run, Task completion)
    {
        var entry = new Entry(new WeakReference<IPipelineRun>(run), completion);
        lock (_lock)
            _runs.Add(entry);
        _ = completion.ContinueWith(static (_, listed) => Remove((Entry)listed!), entry, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static void Remove(Entry ended)
    {
        lock (_lock)
            // With those that were dropped and never ended.
            _runs.RemoveAll(entry => entry == ended || !entry.Run.TryGetTarget(out _));
    }

    private sealed record Entry(WeakReference<IPipelineRun> Run, Task Completion);
}
