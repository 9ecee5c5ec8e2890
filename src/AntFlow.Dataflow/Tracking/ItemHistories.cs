namespace AntFlow.Dataflow;

/// <summary>The histories of the newest items that a tracker has seen.</summary>
/// <remarks>
/// <para>The slot of an item follows from its number, so that an event is found and written without a lookup. A new item replaces the item that came <c>maxItems</c> before it; later events of the
/// replaced item are counted, but not kept.</para>
/// <para><b>The locks.</b> Each slot has a gate (<see cref="HistorySlot"/>). An item whose events fit into the places of its slot enters it only once, because only the owner of the item writes
/// there. <c>_lock</c> guards the list of chunks, the runs and the index of explicit ids. A gate may be entered under it, but not the other way round.</para>
/// </remarks>
internal sealed partial class ItemHistories(int maxItems, int maxEvents)
{
    private const int EventsPerStage = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<ItemId, long> _newestMarks = [];
    private readonly long[] _forgotten = new long[Enum.GetValues<ItemStatus>().Length];
    private HistoryChunk?[] _chunks = [];
    private int _eventsPerSlot;
    private long _seen;

    public TrackedRun BeginRun(ObservedRun run)
    {
        lock (_lock)
        {
            // Queued, InProgress, Completed: the events of an item without failures in a stage. Further events go to its extras.
            if (_eventsPerSlot == 0)
                _eventsPerSlot = Math.Min(maxEvents, run.Stages.Count * EventsPerStage);
            return new TrackedRun(run, Interlocked.Read(ref _seen));
        }
    }

    /// <summary>Adds an event. Called by the current owner of the item.</summary>
    public void Add(TrackedRun run, TrackedItem item, in ItemMoment moment)
    {
        if (item.Events >= _eventsPerSlot || item.Chunk is not { } chunk || moment.Error is not null)
        {
            AddWithinLock(run, item, moment);
            return;
        }

        chunk.Events[(item.Position * _eventsPerSlot) + item.Events].Write(moment);
        item.Events++;
        if (moment.IsEnd)
            Leave(item);
    }

    /// <summary>Returns the events of all items of an id, oldest first; for an automatic id, of the newest run that has it.</summary>
    public IReadOnlyList<StatusEvent> Find(ItemId id)
    {
        List<HistoryEntry> entries = [];
        List<long> marks = id.IsAutomatic ? FindAutomatic(id) : FindIndexed(id);
        foreach (long mark in marks)
        {
            HistoryChunk chunk = ChunkOf(mark - 1, out int position);
            ref HistorySlot slot = ref chunk.Slots[position];
            slot.Enter();
            int count = slot.Mark == mark ? CountNeedsLock(chunk, position) : 0;
            for (int i = Math.Max(0, count - maxEvents); i < count; i++)
                entries.Add(CopyNeedsLock(chunk, position, i));
            slot.Exit();
        }

        IEnumerable<StatusEvent> events = entries.Select(entry => entry.ToEvent());
        // The events of one item are in order already; a stable sort by time merges those of several.
        return marks.Count > 1 ? [.. events.OrderBy(e => e.Timestamp)] : [.. events];
    }

    /// <summary>Returns the last events of the items that have this status now, in the order of their acceptance.</summary>
    public IReadOnlyList<StatusEvent> FindLast(ItemStatus status)
    {
        List<HistoryEntry> entries = [];
        VisitAll((chunk, position) =>
        {
            int count = CountNeedsLock(chunk, position);
            if (count == 0)
                return;
            HistoryEntry last = CopyNeedsLock(chunk, position, count - 1);
            if (last.Event.Status == status)
                entries.Add(last);
        });
        return [.. entries.Select(entry => entry.ToEvent())];
    }

    /// <summary>Returns the number of items by last status, forgotten items included.</summary>
    public long[] Count()
    {
        long[] counts = [.. _forgotten];
        VisitAll((chunk, position) =>
        {
            counts[(int)LastStatusNeedsLock(chunk, position)]++;
            if (chunk.Slots[position].HasForgotten)
                counts[(int)chunk.LastStatusBeside(position)]++;
        });
        return counts;
    }

    /// <summary>Releases the places of an item that has ended, so that a newer item may take them.</summary>
    private static void Leave(TrackedItem item)
    {
        if (item.Chunk is not { } chunk)
            return;
        item.Chunk = null;
        chunk.Slots[item.Position].IsOccupied = false;
    }

    private void AddWithinLock(TrackedRun run, TrackedItem item, in ItemMoment moment)
    {
        long number = run.FirstNumber + item.Number;
        HistoryChunk chunk = ChunkOf(number, out int position);
        ref HistorySlot slot = ref chunk.Slots[position];
        slot.Enter();
        if (!item.IsTracked && !TryTakeNeedsLock(chunk, position, run, item, number))
        {
            slot.Exit();
            TakeIndexed(chunk, position, run, item, number);
            slot.Enter();
        }

        if (slot.Mark == number + 1)
            WriteNeedsLock(chunk, position, item.Events, moment);
        else
            FollowForgottenNeedsLock(chunk, position, item, moment);
        item.LastStatus = moment.Status;
        slot.Exit();
        item.Events++;
        if (moment.IsEnd)
            Leave(item);
    }

    private HistoryChunk ChunkOf(long number, out int position)
    {
        int place = (int)(number < maxItems ? number : number % maxItems);
        position = place % HistoryChunk.Size;
        int index = place / HistoryChunk.Size;
        HistoryChunk?[] chunks = Volatile.Read(ref _chunks);
        return index < chunks.Length && Volatile.Read(ref chunks[index]) is { } chunk ? chunk : MakeChunk(index);
    }

    private HistoryChunk MakeChunk(int index)
    {
        lock (_lock)
        {
            HistoryChunk?[] chunks = _chunks;
            if (index >= chunks.Length)
            {
                chunks = new HistoryChunk?[Math.Max(_chunks.Length * 2, index + 1)];
                _chunks.CopyTo(chunks, 0);
            }

            HistoryChunk chunk = chunks[index] ??= new HistoryChunk(_eventsPerSlot);
            // The list only grows and its chunks never change: a reader of the old list finds everything that it looks for.
            Volatile.Write(ref _chunks, chunks);
            return chunk;
        }
    }

    /// <summary>Takes the slot for a new item. Returns false if the index of ids must be changed for this, which requires the lock.</summary>
    private bool TryTakeNeedsLock(HistoryChunk chunk, int position, TrackedRun run, TrackedItem item, long number)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        if (slot.Mark <= number && (!item.Id.IsAutomatic || slot.HasExplicitId))
            return false;
        TakeNeedsLock(chunk, position, run, item, number);
        return true;
    }

    private void TakeNeedsLock(HistoryChunk chunk, int position, TrackedRun run, TrackedItem item, long number)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        item.IsTracked = true;
        item.LastStatus = ItemStatus.Queued;
        if (slot.Mark > number)
        {
            // A newer item was announced first: this one is forgotten before any of its events is kept.
            CountForgotten(ItemStatus.Queued, by: 1);
            return;
        }

        // An item that is forgotten before it has ended still writes to the places of the slot. Read this first: if the item has ended, everything that it has written is then visible.
        bool isOccupied = slot.IsOccupied;
        Broken("newer-item-gets-places-that-are-in-use", ref isOccupied, false);
        if (slot.Mark != 0)
            ForgetNeedsLock(chunk, position, isOccupied);
        slot.HasPlaces = !isOccupied;
        if (slot.HasPlaces)
        {
            if (slot.Mark != 0)
                chunk.EventsOf(position).Clear();
            slot.IsOccupied = true;
            item.Chunk = chunk;
            item.Position = position;
        }

        slot.Mark = number + 1;
        slot.Count = 0;
        slot.Run = run;
        slot.Extras = item.Metadata is null && item.Id.IsAutomatic ? null : new HistoryExtras { Id = item.Id.IsAutomatic ? default : item.Id, Metadata = item.Metadata };
        long seen = Volatile.Read(ref _seen);
        while (seen <= number)
        {
            long found = Interlocked.CompareExchange(ref _seen, number + 1, seen);
            if (found == seen)
                break;
            seen = found;
        }
    }

    /// <summary>Forgets the item in the slot, and the earlier item that has the places if it has ended: from now on it is counted by its last status.</summary>
    private void ForgetNeedsLock(HistoryChunk chunk, int position, bool isOccupied)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        if (slot.HasForgotten && !isOccupied)
        {
            slot.HasForgotten = false;
            CountForgotten(chunk.LastStatusBeside(position), by: 1);
        }

        if (!isOccupied || !slot.HasPlaces)
        {
            CountForgotten(LastStatusNeedsLock(chunk, position), by: 1);
            return;
        }

        slot.HasForgotten = true;
        // It writes no event beyond its places outside the gate, so the last of the places is not modified meanwhile.
        if (slot.Count > _eventsPerSlot)
            chunk.EventsOf(position)[_eventsPerSlot - 1] = CopyNeedsLock(chunk, position, slot.Count - 1).Event;
    }

    /// <summary>Records an event of a forgotten item: only its status is counted.</summary>
    private void FollowForgottenNeedsLock(HistoryChunk chunk, int position, TrackedItem item, in ItemMoment moment)
    {
        if (item.Chunk is not null)
        {
            chunk.EventsOf(position)[Math.Min(item.Events, _eventsPerSlot - 1)].Write(moment);
            return;
        }

        CountForgotten(moment.Status, by: 1);
        CountForgotten(item.LastStatus, by: -1);
    }

    private void CountForgotten(ItemStatus status, long by) => Interlocked.Add(ref _forgotten[(int)status], by);

    private void TakeIndexed(HistoryChunk chunk, int position, TrackedRun run, TrackedItem item, long number)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        using (Lock.Scope held = _lock.EnterScope())
        {
            slot.Enter();
            (HistoryExtras? replaced, long mark) = (slot.Extras, slot.Mark);
            TakeNeedsLock(chunk, position, run, item, number);
            bool isTaken = slot.Mark == number + 1;
            slot.Exit();
            if (isTaken && replaced is { Id.IsDefault: false })
                Unindex(replaced.Id, mark, replaced.Earlier, held);
            if (isTaken && !item.Id.IsAutomatic)
                Index(item.Id, number + 1, held);
        }
    }

    private void Index(ItemId id, long mark, in Lock.Scope held)
    {
        if (_newestMarks.TryGetValue(id, out long earlier))
            Chain(mark, earlier, held);
        _newestMarks[id] = mark;
    }

    // Items of one id are chained in the order of their announcement, which may differ from the order of their numbers, so the item to forget may be at any position.
    private void Unindex(ItemId id, long mark, long earlier, in Lock.Scope held)
    {
        long later = _newestMarks[id];
        if (later == mark && earlier == 0)
        {
            _newestMarks.Remove(id);
        }
        else if (later == mark)
        {
            _newestMarks[id] = earlier;
        }
        else
        {
            while (Earlier(later, held) != mark)
                later = Earlier(later, held);
            Chain(later, earlier, held);
        }
    }

    private void Chain(long mark, long earlier, in Lock.Scope held)
    {
        HistoryChunk chunk = ChunkOf(mark - 1, out int position);
        ref HistorySlot slot = ref chunk.Slots[position];
        slot.Enter();
        (slot.Extras ??= new HistoryExtras()).Earlier = earlier;
        slot.Exit();
    }

    private long Earlier(long mark, in Lock.Scope held)
    {
        HistoryChunk chunk = ChunkOf(mark - 1, out int position);
        ref HistorySlot slot = ref chunk.Slots[position];
        slot.Enter();
        long earlier = slot.Extras?.Earlier ?? 0;
        slot.Exit();
        return earlier;
    }

    private List<long> FindIndexed(ItemId id)
    {
        List<long> marks = [];
        using (Lock.Scope held = _lock.EnterScope())
        {
            for (long mark = _newestMarks.GetValueOrDefault(id); mark != 0; mark = Earlier(mark, held))
                marks.Add(mark);
        }

        marks.Reverse();
        return marks;
    }

    private List<long> FindAutomatic(ItemId id)
    {
        List<long> marks = [];
        // In the order of numbers, so the item of the newest run comes last.
        VisitAll((chunk, position) =>
        {
            if (chunk.Slots[position].Id == id)
                marks = [chunk.Slots[position].Mark];
        });
        return marks;
    }

    /// <summary>Visits all remembered items in the order of their numbers, each within its gate.</summary>
    private void VisitAll(Action<HistoryChunk, int> visit)
    {
        long seen = Interlocked.Read(ref _seen);
        for (long number = Math.Max(0, seen - maxItems); number < seen; number++)
        {
            HistoryChunk chunk = ChunkOf(number, out int position);
            ref HistorySlot slot = ref chunk.Slots[position];
            slot.Enter();
            if (slot.Mark != 0)
                visit(chunk, position);
            slot.Exit();
        }
    }

    private void WriteNeedsLock(HistoryChunk chunk, int position, int index, in ItemMoment moment)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        int place = index % maxEvents;
        slot.Count = index + 1;
        if (moment.Error is not null)
            ((slot.Extras ??= new HistoryExtras()).Errors ??= [])[place] = moment.Error;
        else
            slot.Extras?.Errors?.Remove(place);
        int beside = slot.HasPlaces ? _eventsPerSlot : 0;
        if (place < beside)
            chunk.EventsOf(position)[place].Write(moment);
        else
            (slot.Extras ??= new HistoryExtras()).Write(place - beside, moment, maxEvents - beside);
    }

    private static int CountNeedsLock(HistoryChunk chunk, int position)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        int count = slot.Count;
        if (!slot.HasPlaces)
            return count;
        Span<PackedEvent> events = chunk.EventsOf(position);
        while (count < events.Length && events[count].IsThere)
            count++;
        return count;
    }

    private HistoryEntry CopyNeedsLock(HistoryChunk chunk, int position, int index)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        int place = index % maxEvents;
        int beside = slot.HasPlaces ? _eventsPerSlot : 0;
        PackedEvent e = place < beside ? chunk.EventsOf(position)[place] : slot.Extras!.Events[place - beside];
        return new HistoryEntry(e, slot.Id, slot.Run!, slot.Extras?.Metadata, slot.Extras?.Errors?.GetValueOrDefault(place));
    }

    private ItemStatus LastStatusNeedsLock(HistoryChunk chunk, int position)
    {
        int count = CountNeedsLock(chunk, position);
        return count == 0 ? ItemStatus.Queued : CopyNeedsLock(chunk, position, count - 1).Event.Status;
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
