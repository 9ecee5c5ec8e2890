namespace AntFlow.Dataflow.Observers;

/// <summary>What has happened to an item, as a <see cref="PipelineObserver"/> sees it: valid during the callback, and without any allocation.</summary>
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

    /// <summary>The number of the item among all that were accepted in the run, from 0. No two have the same.</summary>
    public long Sequence => _item.Sequence;

    /// <summary>The stage it happened in.</summary>
    public string Stage => _moment.Stage;

    /// <summary>The place of that stage in <see cref="ObservedRun.Stages"/>.</summary>
    public int StageIndex => _moment.StageIndex;

    /// <summary>What happened.</summary>
    public ItemStatus Status => _moment.Status;

    /// <summary>Whether this is its last status: nothing more will happen to the item.</summary>
    public bool IsEnd => _moment.IsEnd;

    /// <summary>The number of the attempt, from 1; 0 if there was none yet in this stage.</summary>
    public int Attempt => _moment.Attempt;

    /// <summary>The worker that had the item, such as <c>Fetch-W0</c>; null if none had it.</summary>
    public string? Worker => _moment.Worker;

    /// <summary>The number of that worker in its stage, from 0; -1 if none had the item.</summary>
    public int WorkerIndex => _moment.WorkerIndex;

    /// <summary>When it happened, as a timestamp of the run's clock (<see cref="ObservedRun.TimeOf"/>). Never before what happened to the item earlier.</summary>
    public long Timestamp => _moment.Timestamp;

    /// <summary>When it happened.</summary>
    public DateTimeOffset Time => Run.TimeOf(_moment.Timestamp);

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Error => _moment.Error;

    /// <summary>The function beside the tasks that the item has failed in, such as <c>SkipIf</c> or <c>Serialize</c>; null for a task, and where nothing failed.</summary>
    public string? Function => _moment.Function;

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public IReadOnlyDictionary<string, object?> Metadata => _item.MetadataOrEmpty;

    /// <summary>What the item has spent its time with since it was accepted, until now.</summary>
    public ItemTimes Times => _item.IsWatched ? _item.Watch.ToTimes(Run.Clock) : default;

    /// <summary>What this observer keeps of the item, for its next callback. Each observer has a slot of its own in each envelope.</summary>
    /// <remarks>The envelope of an item that has ended becomes another item's, and the slot is not cleared: so an object is made once, and used again for later items. Null in a new envelope.
    /// Tell items apart by <see cref="Sequence"/>, or begin anew in <see cref="PipelineObserver.OnAccepted"/>. Written by the owner of the item alone, so no lock is needed.</remarks>
    public ref object? State => ref _item.States![_observer];

    /// <summary>What happened, and to which item: <c>Fetch: 17 Completed</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Stage}: {ItemId} {Status}";
}
