using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>The half of a block to which items are offered: it accepts them while the owner has room, postpones them while it has none, and fetches postponed items
/// when room becomes free.</summary>
/// <remarks>
/// <para>The word <c>_state</c> holds the number of offers that are being accepted and three flags. An offer with none ahead of it is counted in by one
/// compare-and-swap, which fails once <c>Closing</c> or <c>Queueing</c> is set; the flags are set under <c>_lock</c> only. The step that lowers the number to zero
/// after closing began, or begins closing while it is zero, closes; <c>Closed</c> makes that happen once.</para>
/// <para>Lock <c>_lock</c> guards the postponed offers and whether they are being fetched (<c>Queueing</c> is set while there are any, or one is on its way, so that
/// no offer passes them). Under it only <see cref="ITargetOwner{T}.TryReserveRoom"/> is called. Everything foreign (sources, the user's priority function)
/// and the owner's <see cref="ITargetOwner{T}.Accept"/> is called outside.</para>
/// <para>Asking for room in vain and postponing are one lock section, and <see cref="RoomCameFree"/> enters the same lock: room that becomes free is either seen
/// by the offer or finds the offer postponed.</para>
/// </remarks>
internal sealed partial class TargetHalf<T> : IThreadPoolWorkItem
{
    private const int Closing = 1;
    private const int Closed = 2;
    private const int Queueing = 4;
    private const int OneAccepting = 8;

    private readonly ITargetBlock<T> _block;
    private readonly ITargetOwner<T> _owner;
    private readonly TaskScheduler _scheduler;
    private readonly int _itemsPerTask;
    private ShortLock _lock;

    private PostponedOffers<T>? _postponed;
    private bool _isFetching;
    private int _state;

    /// <summary>Makes the half of <paramref name="block"/>, the object that sources see. Scheduler and items per task are taken from the options.</summary>
    public TargetHalf(ITargetBlock<T> block, ITargetOwner<T> owner, DataflowBlockOptions options)
    {
        _block = block;
        _owner = owner;
        _scheduler = options.TaskScheduler;
        _itemsPerTask = options.MaxMessagesPerTask == DataflowBlockOptions.Unbounded ? int.MaxValue : options.MaxMessagesPerTask;
    }

    /// <summary>The number of sources that wait for room.</summary>
    public int PostponedCount
    {
        get
        {
            using (_lock.EnterScope())
                return _postponed?.Count ?? 0;
        }
    }

    /// <summary>Whether every further offer is declined permanently.</summary>
    public bool IsClosing => (Volatile.Read(ref _state) & Closing) != 0;

    /// <summary>Implements offering. Throws what <see cref="ITargetOwner{T}.PriorityOf"/> throws, with nothing accepted.</summary>
    public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, T item, ISourceBlock<T>? source, bool consumeToAccept)
    {
        if (!messageHeader.IsValid)
            throw new ArgumentException("The message header is not valid: its id is 0. Offer with an id of 1 or more.", nameof(messageHeader));
        if (source is null && consumeToAccept)
            throw new ArgumentException("A message can be consumed only from a source: consumeToAccept is true, but source is null.", nameof(consumeToAccept));

        if (TryCountIn())
        {
            if (_owner.TryReserveRoom())
                return Take(messageHeader, item, source, consumeToAccept, knownPriority: null);
            CountOut();
        }

        if (IsClosing)
            return DataflowMessageStatus.DecliningPermanently;
        return source is null ? DataflowMessageStatus.Declined : Postpone(messageHeader, item, source, consumeToAccept);
    }

    /// <summary>Called by the owner when there may be room again, after it made that visible to <see cref="ITargetOwner{T}.TryReserveRoom"/>. Any thread, no locks held.</summary>
    public void RoomCameFree()
    {
        using (_lock.EnterScope())
        {
            if (_isFetching || IsClosing || _postponed is not { Count: > 0 })
                return;
            _isFetching = true;
        }

        StartFetching(isContinued: false);
    }

    /// <summary>Declines all offers from now on, releases the postponed ones, and then calls <see cref="ITargetOwner{T}.IntakeClosed"/> on the thread pool. Any thread,
    /// any number of times.</summary>
    public void Close()
    {
        using (_lock.EnterScope())
            Interlocked.Or(ref _state, Closing);
        CloseIfIdle();
    }

    /// <summary>Fetches postponed items while there is room for them.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        for (int left = _itemsPerTask; left > 0; left--)
        {
            PostponedOffer<T> offer;
            using (ShortLock.Scope held = _lock.EnterScope())
            {
                if (!TryTakePostponed(out offer, held))
                {
                    EndFetching(held);
                    break;
                }
            }

            Fetch(offer);
            if (left == 1)
            {
                StartFetching(isContinued: true);
                return;
            }
        }

        if (IsClosing)
            CloseIfIdle();
    }

    /// <summary>Counts an offer in if none is ahead of it; otherwise the order of offers would be lost.</summary>
    private bool TryCountIn()
    {
        int state = Volatile.Read(ref _state);
        while ((state & (Closing | Queueing)) == 0)
        {
            int before = Interlocked.CompareExchange(ref _state, state + OneAccepting, state);
            if (before == state)
                return true;
            state = before;
        }

        return false;
    }

    private void CountOut()
    {
        if ((Interlocked.Add(ref _state, -OneAccepting) & Closing) != 0)
            CloseIfIdle();
    }

    private void EndFetching(in ShortLock.Scope held)
    {
        _isFetching = false;
        if (_postponed is not { Count: > 0 })
            Interlocked.And(ref _state, ~Queueing);
    }

    private bool TryTakePostponed(out PostponedOffer<T> offer, in ShortLock.Scope held)
    {
        offer = default;
        if (IsClosing || _postponed is not { Count: > 0 } || !_owner.TryReserveRoom())
            return false;
        return _postponed.TryTake(out offer);
    }

    private DataflowMessageStatus Postpone(DataflowMessageHeader header, T item, ISourceBlock<T> source, bool consumeToAccept)
    {
        // Called here and not when the item is fetched: there no caller would see an exception, and the item would have left its source.
        int priority = _owner.PriorityOf(item);
        using (_lock.EnterScope())
        {
            if (IsClosing)
                return DataflowMessageStatus.DecliningPermanently;
            bool isFirst = (_state & Queueing) == 0;
            if (!isFirst || !_owner.TryReserveRoom())
            {
                Interlocked.Or(ref _state, Queueing);
                _postponed ??= new PostponedOffers<T>();
                _postponed.Put(new PostponedOffer<T>(source, header, priority));
                return DataflowMessageStatus.Postponed;
            }

            Interlocked.Add(ref _state, OneAccepting);
        }

        return Take(header, item, source, consumeToAccept, priority);
    }

    /// <summary>Accepts an offer for which room is reserved. The room is used up or given back exactly once.</summary>
    private DataflowMessageStatus Take(DataflowMessageHeader header, T item, ISourceBlock<T>? source, bool consumeToAccept, int? knownPriority)
    {
        bool isTaken = false;
        try
        {
            int priority = knownPriority ?? _owner.PriorityOf(item);
            if (consumeToAccept)
            {
                item = source!.ConsumeMessage(header, _block, out bool isConsumed)!;
                if (!isConsumed)
                    return DataflowMessageStatus.NotAvailable;
            }

            isTaken = true;
            _owner.Accept(item, priority);
            return DataflowMessageStatus.Accepted;
        }
        finally
        {
            Broken("room-of-an-offer-that-is-gone-is-kept", ref isTaken, true);
            if (!isTaken)
            {
                _owner.ReleaseRoom();
                RoomCameFree();
            }

            CountOut();
        }
    }

    private void Fetch(PostponedOffer<T> offer)
    {
        T? item;
        bool isConsumed;
        try
        {
            item = offer.Source.ConsumeMessage(offer.Header, _block, out isConsumed);
        }
        catch (Exception error)
        {
            _owner.ReleaseRoom();
            _owner.IntakeFailed(error);
            return;
        }

        // Not consumed: the source gave the item to another target, or offers a more urgent one under a new id.
        if (isConsumed)
            _owner.Accept(item!, offer.Priority);
        else
            _owner.ReleaseRoom();
    }

    private void StartFetching(bool isContinued)
    {
        try
        {
            BlockTasks.Start(this, _scheduler, isContinued);
        }
        catch (Exception error)
        {
            using (ShortLock.Scope held = _lock.EnterScope())
                EndFetching(held);
            _owner.IntakeFailed(error);
            if (IsClosing)
                CloseIfIdle();
        }
    }

    private void CloseIfIdle()
    {
        using (_lock.EnterScope())
        {
            // No offer is being accepted, closing has begun, and the half is not closed; no offer is counted in any more.
            if (_isFetching || (Volatile.Read(ref _state) & ~Queueing) != Closing)
                return;
            Interlocked.Or(ref _state, Closed);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static half => half.LetGo(), this, preferLocal: false);
    }

    /// <summary>Releases the postponed offers at their sources: reserving and releasing makes the sources offer again, and then they are declined permanently.</summary>
    private void LetGo()
    {
        // Nothing adds to the postponed offers once closing has begun, and the fetching loop has ended: this thread owns them without the lock.
        while (_postponed is not null && _postponed.TryTake(out PostponedOffer<T> offer))
        {
            try
            {
                if (offer.Source.ReserveMessage(offer.Header, _block))
                    offer.Source.ReleaseReservation(offer.Header, _block);
            }
            catch (Exception error)
            {
                _owner.IntakeFailed(error);
            }
        }

        _owner.IntakeClosed();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
