namespace AntFlow.Dataflow;

/// <summary>A place in the engine, between two steps of one item, at which a <see cref="Probe"/> can stop it. No lock is held there.</summary>
/// <remarks>Each is where the engine tells of the item, whether anybody listens or not: what is told of has been decided, and the item has not moved yet.</remarks>
internal readonly record struct ProbePoint
{
    public ProbePoint(string stage, ItemStatus status, ItemId item)
    {
        Stage = stage;
        Status = status;
        Item = item;
    }

    public ProbePoint(string stage, string task, TaskStep step, ItemId item)
    {
        Stage = stage;
        Task = task;
        Step = step;
        Item = item;
    }

    public string Stage { get; }

    public ItemStatus? Status { get; }

    public string? Task { get; }

    public TaskStep? Step { get; }

    public ItemId Item { get; }

    /// <summary>The item is on its way into the stage. In the first one it has its number and counts as queued, in a later one it is still in the hands of the worker of the stage before; it is not in the front yet.</summary>
    public static ProbePoint Queued(string stage, ItemId item) => new(stage, ItemStatus.Queued, item);

    /// <summary>An attempt has ended, and the next one is decided on; the item is not in the waiting room yet.</summary>
    public static ProbePoint Retrying(string stage, ItemId item) => new(stage, ItemStatus.Retrying, item);

    /// <summary>The last task has ended; the item is not handed on yet.</summary>
    public static ProbePoint Completed(string stage, ItemId item) => new(stage, ItemStatus.Completed, item);

    /// <summary>The item counts as canceled; it has no result yet.</summary>
    public static ProbePoint Canceled(string stage, ItemId item) => new(stage, ItemStatus.Canceled, item);

    /// <summary>A task has ended; the worker does not look for the next one yet. Only in a run with an observer.</summary>
    public static ProbePoint TaskCompleted(string stage, string task, ItemId item) => new(stage, task, TaskStep.Complete, item);
}
