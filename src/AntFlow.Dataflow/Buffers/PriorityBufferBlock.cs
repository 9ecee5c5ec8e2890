using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A dataflow block that holds items until they are taken, the most urgent first: the lowest number leaves first, and the item that came first
/// among equals.</summary>
/// <remarks>
/// <para>It is a good citizen of any dataflow graph, like <see cref="BufferBlock{T}"/>. An item that is more urgent than the one the linked targets were offered
/// and have postponed is offered to all of them at once, under a new id; an item a target has reserved stays reserved. When the block is full,
/// offers are postponed, and the most urgent of them is let in first.</para>
/// <para>Targets that take items into a queue of their own undo the order: bound them (<c>BoundedCapacity = 1</c> for an <see cref="ActionBlock{TInput}"/>) so that
/// items wait here.</para>
/// <para>The priority function runs once for each offer that is accepted or postponed, on the thread that offers, without locks, possibly on
/// several threads at once. It sees the item that is offered. What it throws goes to the caller that offers (<c>Post</c> throws, the task of <c>SendAsync</c> or a linked source
/// block faults as with any target that throws); nothing was accepted then, and this block goes on working.</para>
/// <para>A linked target or predicate that throws when it is offered an item faults the block, as it does with every block of the framework.</para>
/// <para>A target that receives from this block while it is asked, from inside <c>OfferMessage</c>, takes the item it is offered, also if a more urgent one has just come.
/// Its answer no longer counts then, so it must not take the offered item as well.</para>
/// <para>All members are thread-safe.</para>
/// </remarks>
/// <typeparam name="T">The kind of item.</typeparam>
[DebuggerDisplay("{DebugText,nq}")]
[DebuggerTypeProxy(typeof(PriorityBufferBlockDebugView<>))]
public sealed class PriorityBufferBlock<T> : IPropagatorBlock<T, T>, IReceivableSourceBlock<T>, ITargetOwner<T>, ISourceOwner
{
    private readonly Func<T, int> _priority;
    private readonly TargetHalf<T> _target;
    private readonly SourceHalf<T> _source;
    private readonly string _nameFormat;
    private readonly int _capacity;

    // Items held, plus rooms promised to offers that are being accepted. Never above the capacity; atomic.
    private int _occupied;

    /// <summary>Makes an unbounded block.</summary>
    /// <param name="priority">How urgent an item is: a lower number leaves first; any <see cref="int"/>, negative ones included.</param>
    /// <exception cref="ArgumentNullException"><paramref name="priority"/> is null.</exception>
    public PriorityBufferBlock(Func<T, int> priority)
        : this(priority, new DataflowBlockOptions())
    {
    }

    /// <summary>Makes a block with options.</summary>
    /// <param name="priority">How urgent an item is: a lower number leaves first; any <see cref="int"/>, negative ones included.</param>
    /// <param name="options">Copied here; later changes have no effect. <c>BoundedCapacity</c> (default: unbounded) limits the items held, one that is offered or
    /// reserved included. <c>CancellationToken</c> drops all items and ends <see cref="Completion"/> canceled, also after <see cref="Complete"/>.
    /// <c>TaskScheduler</c> runs the offering of items and the fetching of postponed ones, at most <c>MaxMessagesPerTask</c> items a task.
    /// <c>NameFormat</c> is used by <see cref="ToString"/>. <c>EnsureOrdered</c> has no meaning here.</param>
    /// <exception cref="ArgumentNullException"><paramref name="priority"/> or <paramref name="options"/> is null.</exception>
    public PriorityBufferBlock(Func<T, int> priority, DataflowBlockOptions options)
    {
        ArgumentNullException.ThrowIfNull(priority);
        ArgumentNullException.ThrowIfNull(options);
        _priority = priority;
        _nameFormat = options.NameFormat;
        _capacity = options.BoundedCapacity;
        _target = new TargetHalf<T>(this, this, options);
        _source = new SourceHalf<T>(this, this, options);

        CancellationToken token = options.CancellationToken;
        if (!token.CanBeCanceled)
            return;
        // A canceled token calls back at once, so this comes last.
        CancellationTokenRegistration registration = token.UnsafeRegister(static (block, by) => ((PriorityBufferBlock<T>)block!).Cancel(by), this);
        _ = Completion.ContinueWith(
            static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
            registration,
            CancellationToken.None,
            TaskContinuationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    /// <summary>How many items are held at this instant, one that is being offered or is reserved included. Postponed offers are not counted.</summary>
    public int Count => _source.Count;

    /// <summary>Ends when the block has been completed and its last item has left, with the error it was faulted with, or canceled. Its continuations run
    /// asynchronously.</summary>
    public Task Completion => _source.Completion;

    internal TargetHalf<T> Target => _target;

    internal SourceHalf<T> Source => _source;

    internal int Capacity => _capacity;

    private string DebugText => $"{ToString()}, Count = {Count}, Postponed = {_target.PostponedCount}, {Completion.Status}";

    /// <summary>No more items: later offers are declined for good and postponed ones are let go (their <c>SendAsync</c> gives <see langword="false"/>). Items that are
    /// held still leave. Returns at once; may be called any number of times.</summary>
    public void Complete() => _target.Close();

    /// <summary>Takes the most urgent item if there is one.</summary>
    /// <param name="item">The item, or the default.</param>
    /// <returns>False if nothing is held, or a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceive([MaybeNullWhen(false)] out T item) => _source.TryReceive(null, out item);

    /// <summary>Takes the most urgent item if there is one and it matches; less urgent ones are not looked at.</summary>
    /// <param name="filter">Asked on this thread, without locks; null matches everything. What it throws goes to the caller, and nothing is taken.</param>
    /// <param name="item">The item, or the default.</param>
    /// <returns>False if nothing is held, the most urgent item does not match, a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceive(Predicate<T>? filter, [MaybeNullWhen(false)] out T item) => _source.TryReceive(filter, out item);

    /// <summary>Takes all items, the most urgent first.</summary>
    /// <param name="items">The items, or null.</param>
    /// <returns>False if nothing is held, or a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceiveAll([NotNullWhen(true)] out IList<T>? items) => _source.TryReceiveAll(out items);

    /// <summary>Links a target, which is offered items in turn with the other targets, from the block's scheduler. If the block has ended, the target is only told of
    /// that, if the options ask for it, and what its <c>Complete</c> or <c>Fault</c> throws goes to the caller; what a target linked before throws when it is told of the
    /// end is dropped.</summary>
    /// <param name="target">Who is offered the items. A target that throws faults this block.</param>
    /// <param name="linkOptions">All are honoured: <c>PropagateCompletion</c>, <c>MaxMessages</c>, <c>Append</c>.</param>
    /// <returns>Dispose it to unlink.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public IDisposable LinkTo(ITargetBlock<T> target, DataflowLinkOptions linkOptions) => _source.LinkTo(target, linkOptions);

    /// <summary>The block's name, as <c>NameFormat</c> says: {0} is the kind of block, {1} the id of its completion.</summary>
    public override string ToString()
    {
        try
        {
            return string.Format(CultureInfo.InvariantCulture, _nameFormat, "PriorityBufferBlock", Completion.Id);
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    void IDataflowBlock.Fault(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Fail(exception);
    }

    DataflowMessageStatus ITargetBlock<T>.OfferMessage(
        DataflowMessageHeader messageHeader, T messageValue, ISourceBlock<T>? source, bool consumeToAccept) =>
        _target.OfferMessage(messageHeader, messageValue, source, consumeToAccept);

    T? ISourceBlock<T>.ConsumeMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> target, out bool messageConsumed) =>
        _source.ConsumeMessage(messageHeader, target, out messageConsumed);

    bool ISourceBlock<T>.ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> target) => _source.ReserveMessage(messageHeader, target);

    void ISourceBlock<T>.ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<T> target) =>
        _source.ReleaseReservation(messageHeader, target);

    int ITargetOwner<T>.PriorityOf(T item) => _priority(item);

    bool ITargetOwner<T>.TryReserveRoom()
    {
        if (_capacity == DataflowBlockOptions.Unbounded)
            return true;
        int occupied = Volatile.Read(ref _occupied);
        while (occupied < _capacity)
        {
            int before = Interlocked.CompareExchange(ref _occupied, occupied + 1, occupied);
            if (before == occupied)
                return true;
            occupied = before;
        }

        return false;
    }

    void ITargetOwner<T>.ReleaseRoom()
    {
        if (_capacity != DataflowBlockOptions.Unbounded)
            Interlocked.Decrement(ref _occupied);
    }

    // False after a fault or cancellation, which drops all items: then this one, too.
    void ITargetOwner<T>.Accept(T item, int priority) => _source.Add(item, priority);

    void ITargetOwner<T>.IntakeClosed() => _source.Complete();

    void ITargetOwner<T>.IntakeFailed(Exception error) => Fail(error);

    void ISourceOwner.ItemsLeft(int count)
    {
        if (_capacity == DataflowBlockOptions.Unbounded)
            return;
        Interlocked.Add(ref _occupied, -count);
        _target.RoomCameFree();
    }

    void ISourceOwner.ItemsDropped(int count)
    {
        // No offer is let in for what was dropped: those that wait are about to be let go.
    }

    void ISourceOwner.OfferingFailed(Exception error) => Fail(error);

    private void Cancel(CancellationToken token)
    {
        _source.Cancel(token);
        _target.Close();
    }

    private void Fail(Exception error)
    {
        // The source first: were the target closed first, the source could complete before it heard of the error.
        _source.Fault(error);
        _target.Close();
    }
}
