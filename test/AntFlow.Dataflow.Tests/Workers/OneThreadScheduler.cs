using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>Runs tasks on one thread of its own.</summary>
internal sealed class OneThreadScheduler : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];

    public OneThreadScheduler()
    {
        Thread = new Thread(Run) { IsBackground = true };
        Thread.Start();
    }

    public Thread Thread { get; }

    public void Dispose() => _tasks.CompleteAdding();

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    private void Run()
    {
        foreach (Task task in _tasks.GetConsumingEnumerable())
            TryExecuteTask(task);
    }
}
