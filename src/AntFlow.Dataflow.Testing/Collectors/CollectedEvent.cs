using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>An event that an <see cref="EventCollector"/> has received: a change of an item's status, or a step of a call of a task. It contains plain values, which you may keep.</summary>
/// <remarks>Two events are equal only if their <see cref="Metadata"/> and <see cref="Error"/> are the same objects: compare the properties that matter, or <see cref="ToString"/>.</remarks>
public sealed record CollectedEvent
{
    /// <summary>Gets the id of the run (<see cref="RunOptions.RunId"/>).</summary>
    public required string RunId { get; init; }

    /// <summary>Gets the id of the item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>Gets the number of the item among all that were accepted in the run, from 0.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the stage it happened in.</summary>
    public required string Stage { get; init; }

    /// <summary>Gets the new status of the item; null for a step of a call of a task.</summary>
    public ItemStatus? Status { get; init; }

    /// <summary>Gets the task that was called; null for a change of status.</summary>
    public string? Task { get; init; }

    /// <summary>Gets what happened to the call of the task; null for a change of status.</summary>
    public TaskEventKind? TaskEventKind { get; init; }

    /// <summary>Gets the number of the attempt, from 1; 0 if there was none yet in this stage.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the worker that had the item, such as <c>Fetch-W0</c>; null if none had it.</summary>
    public string? Worker { get; init; }

    /// <summary>Gets when it happened, by the clock of the run.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Gets how long the call of the task took; zero at its start and for a change of status.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets how the item has spent its time so far; all zero for a step of a call of a task.</summary>
    public ItemTimes Times { get; init; }

    /// <summary>Gets the error; null if there was none.</summary>
    public Exception? Error { get; init; }

    /// <summary>Gets whether it is the last status of the item: nothing more happens to it.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Gets the metadata of the item at that moment. Empty if there are none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init; } = EventCollector.NoMetadata;

    /// <summary>Returns a short form for assertions: <c>Fetch Retrying 1</c>, or <c>Fetch/download Start 1</c>: the stage, what happened, and the attempt if there was one.</summary>
    /// <returns>The text, without the item, in the invariant culture.</returns>
    public override string ToString()
    {
        string what = Task is null ? $"{Stage} {Status}" : $"{Stage}/{Task} {TaskEventKind}";
        return Attempt == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{what} {Attempt}");
    }
}
