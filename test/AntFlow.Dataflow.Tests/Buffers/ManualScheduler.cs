using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests;

/// <summary>A scheduler that runs what is queued when the test says so, on the thread of the test.</summary>
internal sealed class ManualScheduler : TaskScheduler
{
    private readonly ConcurrentQueue<Task> _queued = new();

    /// <summary>How many tasks have run.</summary>
    public int RunCount { get; private set; }

    public int QueuedCount => _queued.Count;

    /// <summary>Runs queued tasks, and those they queue, until there are none.</summary>
    public void RunAll()
    {
        while (RunOne())
        {
            // Until there are none.
        }
    }

    public bool RunOne()
    {
        if (!_queued.TryDequeue(out Task? task))
            return false;
        RunCount++;
        TryExecuteTask(task);
        return true;
    }

    protected override void QueueTask(Task task) => _queued.Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _queued;
}
