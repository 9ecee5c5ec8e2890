using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The envelope in which an item travels from its acceptance to its result. Recycled within a run.</summary>
/// <remarks>At every moment one party owns it: the feeder until it is published, then the front, waiting room or gate it waits in (under the
/// lock of that stage), then the worker that took it. Only the owner writes. Timers and published references never hold it, because it may
/// be another item by the time they look.</remarks>
[DebuggerDisplay("{Id} (priority {Priority}, ticket {Visit.Ticket}, {Visit.Standing}, task {Visit.TaskIndex}, attempt {Visit.Attempt})")]
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

    /// <summary>Its stay in the stage it is in.</summary>
    public Visit Visit;

    /// <summary>Whether anything of the item has been started (or skipped) in this run.</summary>
    public bool HasStarted;

    /// <summary>Who waits for room in the front because of this item; freed when the item is taken. Guarded by the lock of the stage.</summary>
    public object? RoomWaiter;

    /// <summary>What is remembered of the item beyond its stay in a stage; null unless somebody does.</summary>
    public ItemRecord? Record;

    /// <summary>What an item of an executor is a call of; null in a stage.</summary>
    public object? Call;

    /// <summary>What the item has spent its time with; kept where <see cref="IsWatched"/>.</summary>
    public ItemWatch Watch;

    /// <summary>Whether an observer of the run may ask what the item has spent its time with. Stays with the envelope.</summary>
    public bool IsWatched;

    /// <summary>What each observer of the run keeps of the item; null if there are none. Stays with the envelope, and is not cleared.</summary>
    public object?[]? States;

    /// <summary>When the last event of the item happened: its events never go back in time.</summary>
    public long LastEventAt;

    /// <summary>Where it is in the heap it waits in, from 1 on; 0 if it is in none.</summary>
    public int PlaceInHeap;

    // While it is in the pool.
    public Item? NextInPool;
    public int DepthInPool;

    /// <summary>The number of the item among all of its run, whatever has made it: no two have the same. In a line every item was fed, and this is its place in the sequence; where the
    /// two must not be mistaken for each other, <see cref="Sequence"/> is for what comes in the order in which it was fed.</summary>
    public long Number => Sequence;

    public static IReadOnlyDictionary<string, object?> NoMetadata { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    public IReadOnlyDictionary<string, object?> MetadataOrEmpty => Metadata ?? NoMetadata;

    /// <summary>Begins the stay in a stage.</summary>
    public void ArriveInStage(long ticket)
    {
        // One that was saved has its input already.
        bool isSaved = Visit.IsSaved;
        if (!isSaved)
            Input = Value;
        long readyAt = Visit.ReadyAt;
        // In place: a new one would be made elsewhere, and copied.
        Visit = default;
        Visit.Ticket = ticket;
        Visit.ReadyAt = readyAt;
        if (isSaved)
            Visit.Standing = Standing.Saved;
    }

    public void Clear()
    {
        Id = default;
        Metadata = null;
        Input.Clear();
        Value.Clear();
        Visit = default;
        HasStarted = false;
        RoomWaiter = null;
        Record = null;
        Call = null;
        LastEventAt = 0;
    }
}
