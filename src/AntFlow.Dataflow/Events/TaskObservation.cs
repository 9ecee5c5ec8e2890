namespace AntFlow.Dataflow.Observers;

/// <summary>What has happened to a call of a task, as a <see cref="PipelineObserver"/> sees it: valid during the callback, and without any allocation.</summary>
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

    /// <summary>The number of the item among all that were accepted in the run, from 0.</summary>
    public long Sequence => _item.Sequence;

    /// <summary>The stage.</summary>
    public string Stage => _moment.Stage;

    /// <summary>The place of that stage in <see cref="ObservedRun.Stages"/>.</summary>
    public int StageIndex => _moment.StageIndex;

    /// <summary>The task.</summary>
    public string Task => _moment.Task;

    /// <summary>What happened.</summary>
    public TaskStep Step => _moment.Step;

    /// <summary>The number of the attempt, from 1.</summary>
    public int Attempt => _moment.Attempt;

    /// <summary>The worker that makes the call, such as <c>Fetch-W0</c>.</summary>
    public string Worker => _moment.Worker;

    /// <summary>The number of that worker in its stage, from 0.</summary>
    public int WorkerIndex => _moment.WorkerIndex;

    /// <summary>When it happened, as a timestamp of the run's clock (<see cref="ObservedRun.TimeOf"/>).</summary>
    public long Timestamp => _moment.Timestamp;

    /// <summary>When it happened.</summary>
    public DateTimeOffset Time => Run.TimeOf(_moment.Timestamp);

    /// <summary>How long the call took; zero at its start.</summary>
    public TimeSpan Duration => _moment.Duration;

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Error => _moment.Error;

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public IReadOnlyDictionary<string, object?> Metadata => _item.MetadataOrEmpty;

    /// <inheritdoc cref="ItemObservation.State"/>
    public ref object? State => ref _item.States![_observer];

    /// <summary>What happened, and to which call: <c>Fetch/download: 17 Start</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Stage}/{Task}: {ItemId} {Step}";
}
