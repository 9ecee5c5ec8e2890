using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>Something that an <see cref="EventCollector"/> was told: a change of the status of an item, or a step of a call of a task. Plain values, which may be kept.</summary>
/// <remarks>Two are equal only if their <see cref="Metadata"/> and <see cref="Error"/> are the same objects: compare the properties that count, or <see cref="ToString"/>.</remarks>
public sealed record CollectedEvent
{
    /// <summary>The run (<see cref="RunOptions.RunId"/>).</summary>
    public required string RunId { get; init; }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The number of the item among all that were accepted in the run, from 0.</summary>
    public required long Sequence { get; init; }

    /// <summary>The stage it happened in.</summary>
    public required string Stage { get; init; }

    /// <summary>The new status of the item; null for a step of a call of a task.</summary>
    public ItemStatus? Status { get; init; }

    /// <summary>The task that was called; null for a change of status.</summary>
    public string? Task { get; init; }

    /// <summary>What happened to the call of the task; null for a change of status.</summary>
    public TaskStep? Step { get; init; }

    /// <summary>The number of the attempt, from 1; 0 if there was none yet in this stage.</summary>
    public int Attempt { get; init; }

    /// <summary>The worker that had the item, such as <c>Fetch-W0</c>; null if none had it.</summary>
    public string? Worker { get; init; }

    /// <summary>When it happened, by the clock of the run.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long the call of the task took; zero at its start and for a change of status.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What the item had spent its time with until then; all zero for a step of a call of a task.</summary>
    public ItemTimes Times { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Error { get; init; }

    /// <summary>Whether it is the last status of the item: nothing more happens to it.</summary>
    public bool IsEnd { get; init; }

    /// <summary>What the metadata of the item were at that moment. Empty if there are none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init; } = EventCollector.NoMetadata;

    /// <summary>The short form that reads well in assertions: <c>Fetch Retrying 1</c>, or <c>Fetch/download Start 1</c>: the stage, what happened, and the attempt if there was one.</summary>
    /// <returns>The text, without the item, in the invariant culture.</returns>
    public override string ToString()
    {
        string what = Task is null ? $"{Stage} {Status}" : $"{Stage}/{Task} {Step}";
        return Attempt == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{what} {Attempt}");
    }
}
