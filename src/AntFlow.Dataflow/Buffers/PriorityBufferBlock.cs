using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A dataflow block that holds items until they are taken, the most urgent first: the item with the lowest priority number leaves first, and among equal numbers the one
/// that arrived first.</summary>
/// <remarks>
/// <para>It can be linked into any dataflow graph, like <see cref="BufferBlock{T}"/>. When an item arrives that is more urgent than the one the linked targets were offered
/// and have postponed, the block offers the new item to all of them at once, under a new id. An item that a target has reserved stays reserved. When the block is full,
/// it postpones offers, and later accepts the most urgent of them first.</para>
/// <para>Targets that queue items themselves undo the order. Bound them (<c>BoundedCapacity = 1</c> for an <see cref="ActionBlock{TInput}"/>) so that
/// items wait in this block.</para>
/// <para>The priority function is called once with the offered item for each offer that is accepted or postponed, on the offering thread, without locks, and possibly on
/// several threads at once. What it throws goes to the offering caller: <c>Post</c> throws, and the task of <c>SendAsync</c> or a linked source block faults, as with any
/// target that throws. The item is not accepted then, and this block continues to work.</para>
/// <para>A linked target or predicate that throws when it is offered an item faults the block, as with every block of the framework.</para>
/// <para>A target that receives from this block inside its own <c>OfferMessage</c> takes the item it is offered, even if a more urgent one has just arrived.
/// Its answer to the offer is then ignored, so it must not take the offered item as well.</para>
/// <para>All members are thread-safe.</para>
/// </remarks>
/// <typeparam name="T">The type of the items.</typeparam>
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
    /// <param name="priority">Returns the priority of an item: a lower number leaves first; any <see cref="int"/>, negative ones included.</param>
    /// <exception cref="ArgumentNullException"><paramref name="priority"/> is null.</exception>
    public PriorityBufferBlock(Func<T, int> priority)
        : this(priority, new DataflowBlockOptions())
    {
    }

    /// <summary>Makes a block with options.</summary>
    /// <param name="priority">Returns the priority of an item: a lower number leaves first; any <see cref="int"/>, negative ones included.</param>
    /// <param name="options">Copied here; later changes have no effect. <c>BoundedCapacity</c> (default: unbounded) limits the items held, including an item that is offered or
    /// reserved. <c>CancellationToken</c> drops all items and ends <see cref="Completion"/> canceled, even after <see cref="Complete"/>.
    /// <c>TaskScheduler</c> runs the offering of items and the fetching of postponed ones, at most <c>MaxMessagesPerTask</c> items per task.
    /// <c>NameFormat</c> is used by <see cref="ToString"/>. <c>EnsureOrdered</c> is ignored.</param>
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
        // An already canceled token calls back immediately, so this comes last.
        CancellationTokenRegistration registration = token.UnsafeRegister(static (block, by) => ((PriorityBufferBlock<T>)block!).Cancel(by), this);
        _ = Completion.ContinueWith(
            static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
            registration,
            CancellationToken.None,
            TaskContinuationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    /// <summary>The number of items held at this instant, including one that is being offered or is reserved. Postponed offers are not counted.</summary>
    public int Count => _source.Count;

    /// <summary>Ends when the block has been completed and its last item has left, when it was faulted (with that error), or when it was canceled. Its continuations run
    /// asynchronously.</summary>
    public Task Completion => _source.Completion;

    internal TargetHalf<T> Target => _target;

    internal SourceHalf<T> Source => _source;

    internal int Capacity => _capacity;

    private string DebugText => $"{ToString()}, Count = {Count}, Postponed = {_target.PostponedCount}, {Completion.Status}";

    /// <summary>Stops accepting items. Later offers are declined permanently, and postponed ones are released (their <c>SendAsync</c> returns <see langword="false"/>). Items that are
    /// held can still leave. Returns at once; you can call it any number of times.</summary>
    public void Complete() => _target.Close();

    /// <summary>Takes the most urgent item, if there is one.</summary>
    /// <param name="item">The item, or the default value.</param>
    /// <returns>False if nothing is held, or a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceive([MaybeNullWhen(false)] out T item) => _source.TryReceive(null, out item);

    /// <summary>Takes the most urgent item, if there is one and it matches. Less urgent items are not examined.</summary>
    /// <param name="filter">Called on this thread, without locks; null matches everything. What it throws goes to the caller, and nothing is taken.</param>
    /// <param name="item">The item, or the default value.</param>
    /// <returns>False if nothing is held, the most urgent item does not match, a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceive(Predicate<T>? filter, [MaybeNullWhen(false)] out T item) => _source.TryReceive(filter, out item);

    /// <summary>Takes all items, the most urgent first.</summary>
    /// <param name="items">The items, or null.</param>
    /// <returns>False if nothing is held, or a target has reserved an item, or the block has faulted or been canceled.</returns>
    public bool TryReceiveAll([NotNullWhen(true)] out IList<T>? items) => _source.TryReceiveAll(out items);

    /// <summary>Links a target. Linked targets are offered items in turn, from the block's scheduler. If the block has already ended, the target is only notified of the end, if
    /// <paramref name="linkOptions"/> ask for it; what its <c>Complete</c> or <c>Fault</c> throws then goes to the caller. What a target that was linked earlier throws when it is notified
    /// of the end is dropped.</summary>
    /// <param name="target">The target to offer items to. If it throws, this block faults.</param>
    /// <param name="linkOptions">All are supported: <c>PropagateCompletion</c>, <c>MaxMessages</c>, <c>Append</c>.</param>
    /// <returns>An object that unlinks the target when it is disposed.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public IDisposable LinkTo(ITargetBlock<T> target, DataflowLinkOptions linkOptions) => _source.LinkTo(target, linkOptions);

    /// <summary>Returns the block's name, formatted by <c>NameFormat</c>: {0} is the kind of block, {1} the id of its completion.</summary>
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

    // Returns false after a fault or cancellation, which drops all items, including this one.
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
        // No offer is accepted in place of what was dropped: the postponed offers are about to be released.
    }

    void ISourceOwner.OfferingFailed(Exception error) => Fail(error);

    private void Cancel(CancellationToken token)
    {
        _source.Cancel(token);
        _target.Close();
    }

    private void Fail(Exception error)
    {
        // Fault the source first: if the target were closed first, the source could complete before it receives the error.
        _source.Fault(error);
        _target.Close();
    }
}
