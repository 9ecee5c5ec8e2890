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
                    if (entry.GoesOn && entry.Run.TryGetTarget(out IPipelineRun? run))
                        live.Add(run);
                }
            }

            return live;
        }
    }

    /// <summary>Lists a run until it ends.</summary>
    internal static void Add(IPipelineRun run, Task completion)
    {
        var entry = new Entry(new WeakReference<IPipelineRun>(run), new WeakReference<Task>(completion));
        lock (_lock)
        {
            // Those that were dropped and never ended.
            _runs.RemoveAll(static other => !other.GoesOn);
            _runs.Add(entry);
        }

        _ = completion.ContinueWith(static (_, listed) => Remove((Entry)listed!), entry, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static void Remove(Entry ended)
    {
        lock (_lock)
            _runs.Remove(ended);
    }

    // What goes on once the run has ended hangs on the task, and may lead to the run: so that is not held either.
    private sealed record Entry(WeakReference<IPipelineRun> Run, WeakReference<Task> Completion)
    {
        public bool GoesOn => Completion.TryGetTarget(out Task? completion) && !completion.IsCompleted;
    }
}
