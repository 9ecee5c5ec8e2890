using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The envelope of an item from its acceptance to its result. Reused within a run.</summary>
/// <remarks>One party owns it at any time: first the feeder, until the item is published; then the front, waiting room or gate in which it waits (under the lock of that stage); then the worker
/// that took it. Only the owner writes to it. Timers and published references never hold it, because it may contain another item when they use it.</remarks>
[DebuggerDisplay("{Id} (priority {Priority}, ticket {Visit.Ticket}, {Visit.Standing}, task {Visit.TaskIndex}, attempt {Visit.Attempt})")]
internal sealed class Item
{
    // The identity of the item. Written at acceptance.
    public ItemId Id;
    public long Sequence;
    public int Priority;
    public IReadOnlyDictionary<string, object?>? Metadata;
    public long AcceptedAt;

    // The values of the item: the input of its current stage, and the value that its next task gets.
    public Slot Input;
    public Slot Value;

    /// <summary>The state of the item in its current stage.</summary>
    public Visit Visit;

    /// <summary>Whether any task of the item has been started (or skipped) in this run.</summary>
    public bool HasStarted;

    /// <summary>The wait for room in the front that this item caused; released when the item is taken. Guarded by the lock of the stage.</summary>
    public object? RoomWaiter;

    /// <summary>Data of the item that is kept beyond its current stage; null if there is none.</summary>
    public ItemRecord? Record;

    /// <summary>The line of the key that the item has in its stage (<see cref="AntFlow.Dataflow.KeyLine"/>), or its request for the key; null if there is neither. Guarded by the lock of the stage.</summary>
    public object? KeyState;

    /// <summary>The call that an item of an executor belongs to; null in a stage.</summary>
    public object? Call;

    /// <summary>How the item spent its time; kept if <see cref="IsTimed"/>.</summary>
    public ItemTiming Timing;

    /// <summary>Whether an observer of the run may read how the item spent its time. Stays with the envelope.</summary>
    public bool IsTimed;

    /// <summary>The state that each observer of the run keeps of the item; null if there are no observers. Stays with the envelope, and is not cleared.</summary>
    public object?[]? States;

    /// <summary>When the last event of the item happened, so that the times of its events never go back.</summary>
    public long LastEventAt;

    /// <summary>The position of the item in its heap, from 1; 0 if it is in no heap.</summary>
    public int HeapIndex;

    // Used while the envelope is in the pool.
    public Item? NextInPool;
    public int DepthInPool;

    /// <summary>The number of the item among all items of its run, whatever created it. Numbers are unique. In a linear pipeline every item was fed, and this is its position in the sequence. Code
    /// that depends on the order of feeding uses <see cref="Sequence"/>.</summary>
    public long Number => Sequence;

    public static IReadOnlyDictionary<string, object?> NoMetadata { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    public IReadOnlyDictionary<string, object?> MetadataOrEmpty => Metadata ?? NoMetadata;

    /// <summary>Starts the stay in a stage.</summary>
    public void ArriveInStage(long ticket)
    {
        // A saved item has its input already.
        bool isSaved = Visit.IsSaved;
        if (!isSaved)
            Input = Value;
        long readyAt = Visit.ReadyAt;
        int link = Visit.Link;
        // Modified in place: a new struct would be created elsewhere and then copied.
        Visit = default;
        Visit.Ticket = ticket;
        Visit.ReadyAt = readyAt;
        if (isSaved)
        {
            Visit.Standing = VisitState.Saved;
            Visit.Link = link;
        }
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
        KeyState = null;
        LastEventAt = 0;
    }
}
