using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The envelope in which an item travels from its acceptance to its result. Recycled within a run.</summary>
/// <remarks>At every moment one party owns it: the feeder until it is published, then the front, waiting room or gate it waits in (under the
/// lock of that stage), then the worker that took it. Only the owner writes. Timers and published references never hold it, because it may
/// be another item by the time they look.</remarks>
[DebuggerDisplay("{Id} (priority {Priority}, ticket {Ticket}, task {TaskIndex}, attempt {Attempt})")]
internal sealed class Item
{
    // What the item is. Written at acceptance.
    public ItemId Id;
    public long Sequence;
    public int Priority;
    public IReadOnlyDictionary<string, object?>? Metadata;
    public long AcceptedAt;

    // What the item carries: the input of the stage it is in, and the value its next task gets.
    public Slot Input;
    public Slot Value;

    // Where the item stands in its stage. Reset on arrival.
    public long Ticket;

    /// <summary>Since when a worker could take the item: it was accepted, arrived, was due again, or ended its last task. Nothing begins earlier.</summary>
    public long ReadyAt;
    public int TaskIndex;
    public int Attempt;

    /// <summary>Whether a task of this stage has been started for the item, be it in an earlier attempt, and when.</summary>
    public bool HasStartedInStage;
    public long StartedInStageAt;

    /// <summary>When the first task of this pass through the stage's tasks began.</summary>
    public long PassBeganAt;

    /// <summary>How long the calls of this pass took that succeeded.</summary>
    public long PassTicks;

    public bool WasThrottled;

    /// <summary>How often in a row the last calls were throttled.</summary>
    public int Refusals;

    /// <summary>Whether the last call was throttled. Read where the item waits for its next one.</summary>
    public bool IsThrottled;
    public long ThrottledSince;
    public bool HoldsPlace;
    public bool SkipAsked;
    public bool AwaitsRetry;
    public Exception? LastError;

    /// <summary>Whether anything of the item has been started (or skipped) in this run.</summary>
    public bool HasStarted;

    /// <summary>Who waits for room in the front because of this item; freed when the item is taken. Guarded by the lock of the stage.</summary>
    public object? RoomWaiter;

    /// <summary>What is remembered of the item beyond its stay in a stage; null unless somebody does.</summary>
    public ItemRecord? Record;

    /// <summary>Whether the stage is done with the item and that is saved: what is left is to tell so, and to hand it on.</summary>
    public bool IsSaved;

    // What a tracker knows of the item: whether it has heard of it, how often, and where it writes.
    public bool IsTracked;
    public int TrackedEvents;
    public object? Track;
    public int TrackPosition;

    /// <summary>The status of the last event that was told within the gate of its slot. Of use only to an item without places of its own, all of whose events are.</summary>
    public int TrackedStatus;

    /// <summary>When the last event of the item happened: its events never go back in time.</summary>
    public long LastEventAt;

    // While it is in the pool.
    public Item? NextInPool;
    public int DepthInPool;

    public static IReadOnlyDictionary<string, object?> NoMetadata { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    public IReadOnlyDictionary<string, object?> MetadataOrEmpty => Metadata ?? NoMetadata;

    public void ArriveInStage(long ticket)
    {
        Ticket = ticket;
        // One that was saved has its input already.
        if (!IsSaved)
            Input = Value;
        TaskIndex = 0;
        Attempt = 0;
        HasStartedInStage = false;
        PassTicks = 0;
        WasThrottled = false;
        Refusals = 0;
        IsThrottled = false;
        HoldsPlace = false;
        SkipAsked = false;
        AwaitsRetry = false;
        LastError = null;
    }

    public void Clear()
    {
        Id = default;
        Metadata = null;
        Input.Clear();
        Value.Clear();
        Attempt = 0;
        LastError = null;
        HasStarted = false;
        RoomWaiter = null;
        Record = null;
        IsSaved = false;
        IsTracked = false;
        TrackedEvents = 0;
        Track = null;
        LastEventAt = 0;
    }
}
