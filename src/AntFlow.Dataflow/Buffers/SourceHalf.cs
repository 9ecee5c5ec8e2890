using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>The half of a block from which items are taken: it holds items in the order of their priority, offers the most urgent to the linked targets in turn,
/// and lets receivers and targets take each item once.</summary>
/// <remarks>
/// <para>Lock <c>_outgoing</c> (re-entrant) guards the links and the rounds, and is held while targets are asked about an item. Targets and their predicates do
/// run under it, so it guards no values: adding items and counting them never waits for a slow predicate. A thread that finds the head on offer waits
/// for this lock, because only the targets' answer tells what is left. A round holds the lock from its beginning to its end, so a thread that enters
/// it and still finds the head on offer is the asking thread itself, inside an offer: the promise is its own, and it may take the head. The store's own lock
/// is taken inside it, never the other way round.</para>
/// <para>The owner, the scheduler and completion are called without locks.</para>
/// </remarks>
internal sealed class SourceHalf<T> : IThreadPoolWorkItem
{
    private readonly ISourceBlock<T> _block;
    private readonly ISourceOwner _owner;
    private readonly TaskScheduler _scheduler;
    private readonly int _itemsPerTask;
    private readonly SourceCompletion _completion = new();
    private readonly SourceState<T> _state;

    private readonly Lock _outgoing = new();
    private readonly SourceLinks<T> _links;
    private long _round;
    private long _roundHeaderId;

    /// <summary>Makes the half of <paramref name="block"/>, the object that targets see. Scheduler and items per task are taken from the options.</summary>
    public SourceHalf(ISourceBlock<T> block, ISourceOwner owner, DataflowBlockOptions options)
    {
        _block = block;
        _owner = owner;
        _scheduler = options.TaskScheduler;
        _itemsPerTask = options.MaxMessagesPerTask == DataflowBlockOptions.Unbounded ? int.MaxValue : options.MaxMessagesPerTask;
        _state = new SourceState<T>(_completion);
        _links = new SourceLinks<T>(block, Unlink);
    }

    /// <summary>Ends after <see cref="Complete"/> and the last item; continuations run asynchronously.</summary>
    public Task Completion => _completion.Completion;

    /// <summary>The number of items held, including one that is on offer or reserved. Any thread; never waits for a target.</summary>
    public int Count => _state.Count;

    /// <summary>The target that has reserved an item, if one has.</summary>
    public ITargetBlock<T>? ReservedBy => _state.ReservedBy;

    /// <summary>The number of linked targets. For debuggers: read without a lock.</summary>
    public int LinkCount => _links.Count;

    /// <summary>Adds an item, however many are held. Returns false, and does not keep the item, after <see cref="Complete"/>, <see cref="Fault"/> or
    /// <see cref="Cancel"/>. Any thread; calls nothing foreign, but may run the offering loop if the scheduler runs tasks inline.</summary>
    public bool Add(T item, int priority)
    {
        bool isAdded = _state.Add(item, priority, out SourceFollowUp followUp);
        Do(followUp);
        return isAdded;
    }

    /// <summary>Adds an item unless <paramref name="bound"/> items are held already; after <see cref="Complete"/>, <see cref="Fault"/> or <see cref="Cancel"/> it is dropped. Any thread, also
    /// under a lock: it takes a short one of its own and calls nothing.</summary>
    /// <param name="item">The item.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="bound">How many may be held.</param>
    /// <param name="mustOffer">Whether the caller must call <see cref="Offer"/> afterwards, once, outside all locks.</param>
    /// <returns>False if there is no room.</returns>
    public bool TryAdd(T item, int priority, int bound, out bool mustOffer) => _state.TryAdd(item, priority, bound, out mustOffer);

    /// <summary>Runs the offering loop, as <see cref="TryAdd"/> demands.</summary>
    public void Offer() => StartOffering(isContinued: false);

    /// <summary>Stops accepting items: <see cref="Completion"/> ends when the last one has left.</summary>
    public void Complete() => Do(_state.Close());

    /// <summary>Drops all items (one that is reserved or on offer is dropped when it is released) and lets <see cref="Completion"/> end with this error, once
    /// <see cref="Complete"/> was called. The first error counts, and it takes precedence over cancellation. An <see cref="AggregateException"/> is flattened.</summary>
    public void Fault(Exception error) => Discard(error, default);

    /// <summary>Drops all items like <see cref="Fault"/> and lets <see cref="Completion"/> end canceled, once <see cref="Complete"/> was called.</summary>
    public void Cancel(CancellationToken token) => Discard(null, token);

    /// <summary>Takes the most urgent item; with a filter, only if it matches. The filter runs on the calling thread without locks, and what it throws goes to
    /// the caller. Called from inside an offer, this takes the item on offer, and the answer of the target that is being asked is ignored.</summary>
    public bool TryReceive(Predicate<T>? filter, [MaybeNullWhen(false)] out T item)
    {
        if (filter is not null)
            return TryReceiveMatching(filter, out item);
        TakeOutcome outcome = _state.TryTake(isAsking: false, out item, out SourceFollowUp followUp);
        if (outcome == TakeOutcome.OnOffer)
        {
            // If another thread holds the lock, this waits for the targets' answer. If this thread holds it, the call comes from inside an offer.
            lock (_outgoing)
                outcome = _state.TryTake(isAsking: true, out item, out followUp);
        }

        return Taken(outcome == TakeOutcome.Taken, 1, followUp);
    }

    /// <summary>Takes all items in the order of their priority, including the one on offer if called from inside an offer. Returns false if there are none.</summary>
    public bool TryReceiveAll([NotNullWhen(true)] out IList<T>? items)
    {
        TakeOutcome outcome = _state.TryTakeAll(isAsking: false, out items, out SourceFollowUp followUp);
        if (outcome == TakeOutcome.OnOffer)
        {
            lock (_outgoing)
                outcome = _state.TryTakeAll(isAsking: true, out items, out followUp);
        }

        return Taken(outcome == TakeOutcome.Taken, items?.Count ?? 0, followUp) && items is not null;
    }

    /// <summary>Links a target. After the end, only notifies it of the end, if the options ask for it, and throws what the target then throws.</summary>
    public IDisposable LinkTo(ITargetBlock<T> target, DataflowLinkOptions linkOptions)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(linkOptions);
        SourceLink<T>? link = null;
        SourceFollowUp followUp = SourceFollowUp.Nothing;
        lock (_outgoing)
        {
            if (!_state.IsFinished)
            {
                link = _links.Add(target, linkOptions);
                followUp = _state.NoteLinks(hasLinks: true, isNew: true);
            }
        }

        Do(followUp);
        if (link is null && linkOptions.PropagateCompletion)
            _completion.PropagateToLate(target);
        return link ?? new SourceLink<T>(target, linkOptions, static _ => { });
    }

    /// <summary>Implements consuming: returns the item, if the header is that of the most urgent one and no other target has reserved it.</summary>
    public T? ConsumeMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> target, out bool messageConsumed)
    {
        Check(messageHeader, target);
        T item;
        SourceFollowUp followUp;
        lock (_outgoing)
        {
            messageConsumed = _state.TryConsume(messageHeader, target, out item, out followUp);
            // In the same section: otherwise another item could still go over a link that has just carried its last one.
            if (messageConsumed)
                _links.CountDown(target);
        }

        return Taken(messageConsumed, 1, followUp) ? item : default;
    }

    /// <summary>Implements reserving: keeps the item for this target, whatever more urgent item arrives, until the target consumes or releases it.</summary>
    public bool ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> target)
    {
        Check(messageHeader, target);
        lock (_outgoing)
            return _state.TryReserve(messageHeader, target);
    }

    /// <summary>Implements releasing: the item is offered to all targets again.</summary>
    public void ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<T> target)
    {
        Check(messageHeader, target);
        int dropped;
        SourceFollowUp followUp;
        lock (_outgoing)
        {
            if (!_state.TryRelease(messageHeader, target, out dropped, out followUp))
                throw new InvalidOperationException($"Message {messageHeader.Id} is not reserved by this target, so it has nothing to release.");
            _round++;
        }

        NotifyDropped(dropped);
        Do(followUp);
    }

    /// <summary>Offers items until no target takes one.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Exception? error = null;
        for (int left = _itemsPerTask; left > 0; left--)
        {
            if (!OfferHead(out error))
                break;
        }

        Do(_state.EndLoop(error is not null), isContinued: true);
        if (error is not null)
            _owner.OfferingFailed(error);
    }

    /// <summary>Runs one round of offers. Returns false when there is nothing more to offer for now.</summary>
    private bool OfferHead(out Exception? error)
    {
        error = null;
        bool isAccepted = false;
        bool goesOn;
        int dropped;
        lock (_outgoing)
        {
            if (!_state.TryBeginRound(out DataflowMessageHeader header, out T item))
                return false;
            if (header.Id != _roundHeaderId)
            {
                _roundHeaderId = header.Id;
                _round++;
            }

            try
            {
                isAccepted = AskTargets(header, item);
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            goesOn = _state.EndRound(isAccepted, _links.Count != 0, out dropped);
        }

        Taken(isAccepted, 1, SourceFollowUp.Nothing);
        NotifyDropped(dropped);
        return goesOn && error is null;
    }

    /// <summary>Asks the targets that were not yet offered the head. Returns true if one has accepted it, and false also if it was taken from inside an offer.</summary>
    private bool AskTargets(DataflowMessageHeader header, T item)
    {
        SourceLink<T>? next;
        for (SourceLink<T>? link = _links.First; link is not null; link = next)
        {
            next = link.Next;
            if (link.SeenRound == _round)
                continue;
            if (_state.IsHeadOvertaken)
                return false;
            link.SeenRound = _round;
            long changes = _links.Changes;
            DataflowMessageStatus status = link.Target.OfferMessage(header, item, _block, consumeToAccept: false);
            if (!_state.IsStillOnOffer(header, out bool isReserved))
                return false;
            if (status == DataflowMessageStatus.Accepted)
            {
                _links.CountDown(link);
                return true;
            }

            if (status == DataflowMessageStatus.DecliningPermanently)
                _links.Remove(link);
            if (isReserved)
                return false;
            // Links were added or removed: start again from the beginning, where the targets that were asked are skipped.
            if (_links.Changes != changes)
                next = _links.First;
        }

        return false;
    }

    private void Unlink(SourceLink<T> link)
    {
        SourceFollowUp followUp;
        lock (_outgoing)
        {
            _links.Remove(link);
            followUp = _state.NoteLinks(_links.Count != 0, isNew: false);
        }

        Do(followUp);
    }

    private void Discard(Exception? error, CancellationToken token)
    {
        SourceFollowUp followUp = _state.Discard(error, token, out int dropped);
        NotifyDropped(dropped);
        Do(followUp);
    }

    /// <summary>Completes, unless an item was added in the meantime.</summary>
    private void Finish()
    {
        List<SourceLink<T>> links;
        lock (_outgoing)
        {
            if (!_state.TryFinish())
                return;
            links = _links.TakeAll();
        }

        _completion.Reach();
        foreach (SourceLink<T> link in links)
        {
            if (link.PropagatesCompletion)
                _completion.PropagateToLinked(link.Target);
        }
    }

    private bool TryReceiveMatching(Predicate<T> filter, [MaybeNullWhen(false)] out T item)
    {
        while (true)
        {
            TakeOutcome outcome = _state.TryLayOut(isAsking: false, out DataflowMessageHeader header, out item);
            if (outcome == TakeOutcome.OnOffer)
            {
                lock (_outgoing)
                    outcome = _state.TryLayOut(isAsking: true, out header, out item);
            }

            if (outcome != TakeOutcome.Taken || !filter(item!))
            {
                item = default;
                return false;
            }

            bool isTaken;
            SourceFollowUp followUp;
            lock (_outgoing)
                isTaken = _state.TryConsume(header, null, out item, out followUp);
            if (Taken(isTaken, 1, followUp))
                return true;
            // It was taken or overtaken while the filter examined it: examine the next one.
        }
    }

    /// <summary>Notifies the owner of items that left, and does what has to follow.</summary>
    private bool Taken(bool isTaken, int count, SourceFollowUp followUp)
    {
        if (!isTaken)
            return false;
        _owner.ItemsLeft(count);
        Do(followUp);
        return true;
    }

    private void NotifyDropped(int count)
    {
        if (count != 0)
            _owner.ItemsDropped(count);
    }

    private void Do(SourceFollowUp followUp, bool isContinued = false)
    {
        if (followUp == SourceFollowUp.Finish)
            ThreadPool.UnsafeQueueUserWorkItem(static half => half.Finish(), this, preferLocal: false);
        else if (followUp == SourceFollowUp.Offer)
            StartOffering(isContinued);
    }

    private void StartOffering(bool isContinued)
    {
        try
        {
            BlockTasks.Start(this, _scheduler, isContinued);
        }
        catch (Exception error)
        {
            Do(_state.EndLoop(hasFailed: true));
            _owner.OfferingFailed(error);
        }
    }

    private static void Check(DataflowMessageHeader messageHeader, ITargetBlock<T> target)
    {
        if (!messageHeader.IsValid)
            throw new ArgumentException("The message header is not valid: its id is 0. Pass the header that was offered.", nameof(messageHeader));
        ArgumentNullException.ThrowIfNull(target);
    }
}
