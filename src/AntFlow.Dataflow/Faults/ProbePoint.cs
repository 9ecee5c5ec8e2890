namespace AntFlow.Dataflow;

/// <summary>A point in the engine, between two steps of one item, at which a <see cref="Probe"/> can stop it. No lock is held there.</summary>
/// <remarks>The engine reports the item at each of these points, whether or not an observer asks for it: the decision has been made, and the item has not moved yet.</remarks>
internal readonly record struct ProbePoint
{
    public ProbePoint(string stage, ItemStatus status, ItemId item)
    {
        Stage = stage;
        Status = status;
        Item = item;
    }

    public ProbePoint(string stage, string task, TaskEventKind kind, ItemId item)
    {
        Stage = stage;
        Task = task;
        Step = kind;
        Item = item;
    }

    public string Stage { get; }

    public ItemStatus? Status { get; }

    public string? Task { get; }

    public TaskEventKind? Step { get; }

    public ItemId Item { get; }

    /// <summary>The item is about to enter the stage. In the first stage it has its number and counts as queued; in a later stage the worker of the previous stage still has it. It is not in the
    /// front yet.</summary>
    public static ProbePoint Queued(string stage, ItemId item) => new(stage, ItemStatus.Queued, item);

    /// <summary>An attempt has ended and the next one is decided; the item is not in the waiting room yet.</summary>
    public static ProbePoint Retrying(string stage, ItemId item) => new(stage, ItemStatus.Retrying, item);

    /// <summary>The last task has ended; the item is not handed on yet.</summary>
    public static ProbePoint Completed(string stage, ItemId item) => new(stage, ItemStatus.Completed, item);

    /// <summary>The item counts as canceled; it has no result yet.</summary>
    public static ProbePoint Canceled(string stage, ItemId item) => new(stage, ItemStatus.Canceled, item);

    /// <summary>A task has ended; the worker has not looked for the next one yet. Reached only in a run with an observer.</summary>
    public static ProbePoint TaskCompleted(string stage, string task, ItemId item) => new(stage, task, TaskEventKind.Complete, item);
}
