namespace AntFlow.Dataflow.Observers;

/// <summary>The start or the end of a call of a task, as a <see cref="PipelineObserver"/> receives it. Valid only during the callback; no memory is allocated for it.</summary>
public readonly ref struct TaskObservation
{
    private readonly Item _item;
    private readonly ref readonly TaskMoment _moment;
    private readonly int _observer;

    internal TaskObservation(ObservedRun run, Item item, in TaskMoment moment, int observer)
    {
        Run = run;
        _item = item;
        _moment = ref moment;
        _observer = observer;
    }

    /// <summary>The run.</summary>
    public ObservedRun Run { get; }

    /// <summary>The id of the item.</summary>
    public ItemId ItemId => _item.Id;

    /// <summary>The number of the item among all items that the run accepted, from 0.</summary>
    public long Sequence => _item.Sequence;

    /// <summary>The stage.</summary>
    public string Stage => _moment.Stage;

    /// <summary>The index of that stage in <see cref="ObservedRun.Stages"/>.</summary>
    public int StageIndex => _moment.StageIndex;

    /// <summary>The task.</summary>
    public string Task => _moment.Task;

    /// <summary>What happened.</summary>
    public TaskEventKind Kind => _moment.Kind;

    /// <summary>The number of the attempt, from 1.</summary>
    public int Attempt => _moment.Attempt;

    /// <summary>The worker that makes the call, such as <c>Fetch-W0</c>.</summary>
    public string Worker => _moment.Worker;

    /// <summary>The number of that worker in its stage, from 0.</summary>
    public int WorkerIndex => _moment.WorkerIndex;

    /// <summary>When it happened, as a timestamp of the run's clock (<see cref="ObservedRun.TimeOf"/>).</summary>
    public long ClockTimestamp => _moment.ClockTimestamp;

    /// <summary>When it happened.</summary>
    public DateTimeOffset Timestamp => Run.TimeOf(_moment.ClockTimestamp);

    /// <summary>The duration of the call; zero at its start.</summary>
    public TimeSpan Duration => _moment.Duration;

    /// <summary>The error, or null if nothing failed.</summary>
    public Exception? Error => _moment.Error;

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata => _item.MetadataOrEmpty;

    /// <inheritdoc cref="ItemObservation.State"/>
    public ref object? State => ref _item.States![_observer];

    /// <summary>Returns what happened and to which call: <c>Fetch/download: 17 Start</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Stage}/{Task}: {ItemId} {Kind}";
}
