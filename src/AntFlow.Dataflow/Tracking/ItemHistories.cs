namespace AntFlow.Dataflow;

/// <summary>The histories of the newest items a tracker has seen.</summary>
/// <remarks>
/// <para>An item's place follows from its number, so that an event is found and written without a look-up. A new item takes the place of the one that came
/// <c>maxItems</c> before it; what still happens to that one is counted, and not kept.</para>
/// <para><b>The locks.</b> Each slot has a gate (<see cref="HistorySlot"/>), which an item whose events find their places beside the slot enters only once: the owner of the item is the one
/// that writes there. <c>_lock</c> guards the list of chunks, the runs and the index of explicit ids; a gate may be entered under it, never the other way round.</para>
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
            // Queued, InProgress, Completed: what an item that fails nowhere has in a stage. More finds a place in its extras.
            if (_eventsPerSlot == 0)
                _eventsPerSlot = Math.Min(maxEvents, run.Stages.Count * EventsPerStage);
            return new TrackedRun(run, Interlocked.Read(ref _seen));
        }
    }

    /// <summary>Adds an event. Called by the one owner the item has.</summary>
    public void Add(TrackedRun run, TrackedItem item, in ItemMoment moment)
    {
        if (item.Events >= _eventsPerSlot || item.Chunk is not { } chunk || moment.Error is not null)
        {
            AddWithinGate(run, item, moment);
            return;
        }

        chunk.Events[(item.Position * _eventsPerSlot) + item.Events].Write(moment);
        item.Events++;
        if (moment.IsEnd)
            Leave(item);
    }

    /// <summary>The events of all items of an id, oldest first; of an automatic one, of the newest run that has it.</summary>
    public IReadOnlyList<StatusEvent> Find(ItemId id)
    {
        List<HistoryEntry> entries = [];
        List<long> marks = id.IsAutomatic ? FindAutomatic(id) : FindIndexed(id);
        foreach (long mark in marks)
        {
            HistoryChunk chunk = ChunkOf(mark - 1, out int position);
            ref HistorySlot slot = ref chunk.Slots[position];
            slot.Enter();
            int count = slot.Mark == mark ? CountNeedsGate(chunk, position) : 0;
            for (int i = Math.Max(0, count - maxEvents); i < count; i++)
                entries.Add(CopyNeedsGate(chunk, position, i));
            slot.Exit();
        }

        IEnumerable<StatusEvent> events = entries.Select(entry => entry.Open());
        // One item's events are in order already; a stable sort by time joins those of several.
        return marks.Count > 1 ? [.. events.OrderBy(e => e.Timestamp)] : [.. events];
    }

    /// <summary>The last events of the items that have this status now, in the order of their acceptance.</summary>
    public IReadOnlyList<StatusEvent> FindLast(ItemStatus status)
    {
        List<HistoryEntry> entries = [];
        VisitAll((chunk, position) =>
        {
            int count = CountNeedsGate(chunk, position);
            if (count == 0)
                return;
            HistoryEntry last = CopyNeedsGate(chunk, position, count - 1);
            if (last.Event.Status == status)
                entries.Add(last);
        });
        return [.. entries.Select(entry => entry.Open())];
    }

    /// <summary>How many items have which last status, forgotten ones included.</summary>
    public long[] Count()
    {
        long[] counts = [.. _forgotten];
        VisitAll((chunk, position) =>
        {
            counts[(int)LastStatusNeedsGate(chunk, position)]++;
            if (chunk.Slots[position].HasForgotten)
                counts[(int)chunk.LastStatusBeside(position)]++;
        });
        return counts;
    }

    /// <summary>The item has ended: a newer one may have the places it wrote to.</summary>
    private static void Leave(TrackedItem item)
    {
        if (item.Chunk is not { } chunk)
            return;
        item.Chunk = null;
        chunk.Slots[item.Position].IsOccupied = false;
    }

    private void AddWithinGate(TrackedRun run, TrackedItem item, in ItemMoment moment)
    {
        long number = run.FirstNumber + item.Number;
        HistoryChunk chunk = ChunkOf(number, out int position);
        ref HistorySlot slot = ref chunk.Slots[position];
        slot.Enter();
        if (!item.IsTracked && !TryTakeNeedsGate(chunk, position, run, item, number))
        {
            slot.Exit();
            TakeIndexed(chunk, position, run, item, number);
            slot.Enter();
        }

        if (slot.Mark == number + 1)
            WriteNeedsGate(chunk, position, item.Events, moment);
        else
            FollowForgottenNeedsGate(chunk, position, item, moment);
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
            // The list only ever grows, and a chunk stays the same: whoever still reads the old list misses nothing it knows of.
            Volatile.Write(ref _chunks, chunks);
            return chunk;
        }
    }

    /// <summary>Takes the slot for an item of which nothing has been heard yet. False if the index of ids has to be changed for it, which needs the lock.</summary>
    private bool TryTakeNeedsGate(HistoryChunk chunk, int position, TrackedRun run, TrackedItem item, long number)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        if (slot.Mark <= number && (!item.Id.IsAutomatic || slot.HasExplicitId))
            return false;
        TakeNeedsGate(chunk, position, run, item, number);
        return true;
    }

    private void TakeNeedsGate(HistoryChunk chunk, int position, TrackedRun run, TrackedItem item, long number)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        item.IsTracked = true;
        item.LastStatus = ItemStatus.Queued;
        if (slot.Mark > number)
        {
            // A newer item was announced first: this one is forgotten before anything of it was kept.
            CountForgotten(ItemStatus.Queued, by: 1);
            return;
        }

        // An item that is forgotten before it has ended still writes beside the slot. Asked once, and first: of one that has ended, all it has written is seen then.
        bool isOccupied = slot.IsOccupied;
        Broken("newer-item-gets-places-that-are-in-use", ref isOccupied, false);
        if (slot.Mark != 0)
            ForgetNeedsGate(chunk, position, isOccupied);
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

    /// <summary>Forgets the item in the slot, and the one before it that has the places, if that has ended: it counts with its last status from now on.</summary>
    private void ForgetNeedsGate(HistoryChunk chunk, int position, bool isOccupied)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        if (slot.HasForgotten && !isOccupied)
        {
            slot.HasForgotten = false;
            CountForgotten(chunk.LastStatusBeside(position), by: 1);
        }

        if (!isOccupied || !slot.HasPlaces)
        {
            CountForgotten(LastStatusNeedsGate(chunk, position), by: 1);
            return;
        }

        slot.HasForgotten = true;
        // It writes no event without the gate that is beyond its places, so the last of them is not touched meanwhile.
        if (slot.Count > _eventsPerSlot)
            chunk.EventsOf(position)[_eventsPerSlot - 1] = CopyNeedsGate(chunk, position, slot.Count - 1).Event;
    }

    /// <summary>Something has happened to an item that was forgotten: only its status counts.</summary>
    private void FollowForgottenNeedsGate(HistoryChunk chunk, int position, TrackedItem item, in ItemMoment moment)
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
            TakeNeedsGate(chunk, position, run, item, number);
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

    // Items of one id are chained in the order in which they were announced, which need not be that of their numbers: the one to forget may be anywhere.
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
        // In the order of numbers: the newest run's comes last.
        VisitAll((chunk, position) =>
        {
            if (chunk.Slots[position].Id == id)
                marks = [chunk.Slots[position].Mark];
        });
        return marks;
    }

    /// <summary>Visits all items that are remembered, in the order of their numbers, each within its gate.</summary>
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

    private void WriteNeedsGate(HistoryChunk chunk, int position, int index, in ItemMoment moment)
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

    private static int CountNeedsGate(HistoryChunk chunk, int position)
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

    private HistoryEntry CopyNeedsGate(HistoryChunk chunk, int position, int index)
    {
        ref HistorySlot slot = ref chunk.Slots[position];
        int place = index % maxEvents;
        int beside = slot.HasPlaces ? _eventsPerSlot : 0;
        PackedEvent e = place < beside ? chunk.EventsOf(position)[place] : slot.Extras!.Events[place - beside];
        return new HistoryEntry(e, slot.Id, slot.Run!, slot.Extras?.Metadata, slot.Extras?.Errors?.GetValueOrDefault(place));
    }

    private ItemStatus LastStatusNeedsGate(HistoryChunk chunk, int position)
    {
        int count = CountNeedsGate(chunk, position);
        return count == 0 ? ItemStatus.Queued : CopyNeedsGate(chunk, position, count - 1).Event.Status;
    }

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
