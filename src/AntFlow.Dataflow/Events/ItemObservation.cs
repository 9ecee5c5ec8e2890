namespace AntFlow.Dataflow.Observers;

/// <summary>A change of an item, as a <see cref="PipelineObserver"/> receives it. Valid only during the callback; no memory is allocated for it.</summary>
public readonly ref struct ItemObservation
{
    private readonly Item _item;
    private readonly ref readonly ItemMoment _moment;
    private readonly int _observer;

    internal ItemObservation(ObservedRun run, Item item, in ItemMoment moment, int observer)
    {
        Run = run;
        _item = item;
        _moment = ref moment;
        _observer = observer;
    }

    /// <summary>The run.</summary>
    public ObservedRun Run { get; }

    internal ref readonly ItemMoment Moment => ref _moment;

    /// <summary>The id of the item.</summary>
    public ItemId ItemId => _item.Id;

    /// <summary>The number of the item among all items that the run accepted, from 0. Numbers are unique within the run.</summary>
    public long Sequence => _item.Sequence;

    /// <summary>The stage it happened in.</summary>
    public string Stage => _moment.Stage;

    /// <summary>The index of that stage in <see cref="ObservedRun.Stages"/>.</summary>
    public int StageIndex => _moment.StageIndex;

    /// <summary>What happened.</summary>
    public ItemStatus Status => _moment.Status;

    /// <summary>Whether this is the last status of the item: no further change follows.</summary>
    public bool IsEnd => _moment.IsEnd;

    /// <summary>The number of the attempt, from 1; 0 if no attempt was made in this stage yet.</summary>
    public int Attempt => _moment.Attempt;

    /// <summary>The worker that processed the item, such as <c>Fetch-W0</c>; null if no worker did.</summary>
    public string? Worker => _moment.Worker;

    /// <summary>The number of that worker in its stage, from 0; -1 if no worker processed the item.</summary>
    public int WorkerIndex => _moment.WorkerIndex;

    /// <summary>When it happened, as a timestamp of the run's clock (<see cref="ObservedRun.TimeOf"/>). Never earlier than the previous change of the item.</summary>
    public long ClockTimestamp => _moment.ClockTimestamp;

    /// <summary>When it happened.</summary>
    public DateTimeOffset Timestamp => Run.TimeOf(_moment.ClockTimestamp);

    /// <summary>The error, or null if nothing failed.</summary>
    public Exception? Error => _moment.Error;

    /// <summary>The function other than the tasks in which the item failed, such as <c>SkipIf</c> or <c>Serialize</c>; null if it failed in a task or did not fail.</summary>
    public string? Function => _moment.Function;

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata => _item.MetadataOrEmpty;

    /// <summary>How the item spent its time from its acceptance until now.</summary>
    public ItemTimes Times => _item.IsTimed ? _item.Timing.ToTimes(Run.Clock) : default;

    /// <summary>A slot for state that this observer keeps about the item until its next callback. Each observer has its own slot in each item envelope.</summary>
    /// <remarks>The envelope of an item that has ended is reused for another item, and the slot is not cleared, so that an observer can create its state object once and reuse it. The slot is null
    /// in a new envelope. To detect a new item, compare <see cref="Sequence"/>, or reset the state in <see cref="PipelineObserver.OnAccepted"/>. Callbacks of one item come one at a time, so no
    /// lock is needed.</remarks>
    public ref object? State => ref _item.States![_observer];

    /// <summary>Returns what happened and to which item: <c>Fetch: 17 Completed</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Stage}: {ItemId} {Status}";
}
