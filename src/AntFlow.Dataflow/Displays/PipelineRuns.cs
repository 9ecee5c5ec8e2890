namespace AntFlow.Dataflow;

/// <summary>The runs of this process, for pages, health checks and tools that have no reference to them.</summary>
/// <remarks><b>The lock</b> guards the list; nothing is called under it. A run is listed from its start to its end, by a weak reference, so the list does not keep it in memory.</remarks>
public static class PipelineRuns
{
    private static readonly Lock _lock = new();
    private static readonly List<Entry> _runs = [];

    /// <summary>The runs that have not ended, in the order of their start, except those that were started with <see cref="RunOptions.IsListed"/> set to false. You can read it from any
    /// thread.</summary>
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
            // Runs that were collected without having ended.
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

    // Continuations that run after the end of the run are attached to the task and may reference the run; therefore the task is not referenced strongly either.
    private sealed record Entry(WeakReference<IPipelineRun> Run, WeakReference<Task> Completion)
    {
        public bool GoesOn => Completion.TryGetTarget(out Task? completion) && !completion.IsCompleted;
    }
}
