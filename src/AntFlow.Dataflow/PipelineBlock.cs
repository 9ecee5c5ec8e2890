using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A whole pipeline as one block of a dataflow graph: it takes items and returns a <see cref="PipelineResult{T}"/> for each of them, failures included.</summary>
/// <remarks>
/// <para>The block follows the dataflow protocol at both ends. Offers are postponed while the queue of the first stage is full. Unread results block the workers of the last stage. Results come in
/// completion order, unless <see cref="RunOptions.OrderResults"/> is set.</para>
/// <para>After <see cref="Complete"/> the block takes no more items, and <see cref="Completion"/> ends when every result has left the block. If <see cref="Run"/> is stopped or canceled, the block
/// also returns the results of the canceled items. <see cref="IDataflowBlock.Fault"/> cancels the run, drops the results that were not taken, and faults <see cref="Completion"/>; the report of
/// the run still counts every item.</para>
/// <para>All members are thread-safe.</para>
/// </remarks>
/// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
/// <typeparam name="TOut">The type of the values that the last stage returns.</typeparam>
[DebuggerDisplay("{DebugText,nq}")]
public sealed partial class PipelineBlock<TIn, TOut>
    : IPropagatorBlock<TIn, PipelineResult<TOut>>, IReceivableSourceBlock<PipelineResult<TOut>>, ITargetOwner<TIn>, ISourceOwner, IResultOutlet<TOut>
{
    private readonly RunCore<TOut> _core;
    private readonly Feeder<TIn, TOut> _feeder;
    private readonly TargetHalf<TIn> _target;
    private readonly SourceHalf<PipelineResult<TOut>> _source;
    private readonly int _bound;
    private readonly Action _onLeft;
    private Exception? _fault;
    private int _mustOffer;
    private int _leftWindow;

    internal PipelineBlock(PipelineRun<TIn, TOut> run, int bound)
    {
        Run = run;
        _core = run.Core;
        _feeder = run.First;
        _bound = bound;
        _onLeft = OnLeft;
        var options = new DataflowBlockOptions();
        _target = new TargetHalf<TIn>(this, this, options);
        _source = new SourceHalf<PipelineResult<TOut>>(this, this, options);
        _core.First.Intake.OnRoom = _target.RoomCameFree;
        _core.OnClosing = _target.Close;
        // Results of an earlier start of the run may be in the sink already, and the end of the run must find the outlet set.
        _core.Sink.SendTo(this);
        _ = _core.Completion.ContinueWith(
            static (_, block) => ((PipelineBlock<TIn, TOut>)block!).OnRunEnded(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    /// <summary>The run behind the block. Use it to feed more items, to pause or stop the run, and to take snapshots. Disposing it cancels the run.</summary>
    public PipelineRun<TIn, TOut> Run { get; }

    /// <summary>A task that completes when the run has ended and every result has left the block, or faults with the error that was passed to <see cref="IDataflowBlock.Fault"/>.</summary>
    public Task Completion => _source.Completion;

    /// <summary>The number of results that wait in the block for a target or receiver, including a result that is offered or reserved. More results may wait in the run.</summary>
    internal int OutputCount => _source.Count;

    private string DebugText => $"Run {Run.RunId}, Postponed = {_target.PostponedCount}, OutputCount = {OutputCount}, {Completion.Status}";

    /// <summary>Ends the input: the block declines later offers permanently and releases the postponed ones. Accepted items are processed to the end. Returns at once.</summary>
    public void Complete() => _target.Close();

    /// <summary>Takes the oldest result if there is one and it matches the filter.</summary>
    /// <param name="filter">A predicate that runs on the calling thread; null matches every result. An exception that it throws goes to the caller, and no result is taken.</param>
    /// <param name="item">The result, or null if none was taken.</param>
    /// <returns>False if there is no result, if it does not match, or if a target has reserved it.</returns>
    public bool TryReceive(Predicate<PipelineResult<TOut>>? filter, [MaybeNullWhen(false)] out PipelineResult<TOut> item) =>
        _source.TryReceive(filter, out item);

    /// <summary>Takes all available results.</summary>
    /// <param name="items">The results, or null if none was taken.</param>
    /// <returns>False if there are no results, or if a target has reserved one.</returns>
    public bool TryReceiveAll([NotNullWhen(true)] out IList<PipelineResult<TOut>>? items) => _source.TryReceiveAll(out items);

    /// <summary>Links a target. Results are offered to the linked targets in turn. If the block has ended already, the target only receives the completion or the fault, provided that the options
    /// ask for it, and an exception of its <c>Complete</c> or <c>Fault</c> goes to the caller. Exceptions that a target linked earlier throws when the end is propagated are dropped.</summary>
    /// <param name="target">The target that results are offered to. A target that throws faults this block.</param>
    /// <param name="linkOptions">All options are supported: <c>PropagateCompletion</c>, <c>MaxMessages</c>, <c>Append</c>.</param>
    /// <returns>An object that unlinks the target when it is disposed.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public IDisposable LinkTo(ITargetBlock<PipelineResult<TOut>> target, DataflowLinkOptions linkOptions) => _source.LinkTo(target, linkOptions);

    void IDataflowBlock.Fault(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Fail(exception);
    }

    DataflowMessageStatus ITargetBlock<TIn>.OfferMessage(
        DataflowMessageHeader messageHeader, TIn messageValue, ISourceBlock<TIn>? source, bool consumeToAccept) =>
        _target.OfferMessage(messageHeader, messageValue, source, consumeToAccept);

    PipelineResult<TOut>? ISourceBlock<PipelineResult<TOut>>.ConsumeMessage(
        DataflowMessageHeader messageHeader, ITargetBlock<PipelineResult<TOut>> target, out bool messageConsumed) =>
        _source.ConsumeMessage(messageHeader, target, out messageConsumed);

    bool ISourceBlock<PipelineResult<TOut>>.ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<PipelineResult<TOut>> target) =>
        _source.ReserveMessage(messageHeader, target);

    void ISourceBlock<PipelineResult<TOut>>.ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<PipelineResult<TOut>> target) =>
        _source.ReleaseReservation(messageHeader, target);

    // Items of a graph have no priority of their own: they are accepted in the order in which they were offered.
    int ITargetOwner<TIn>.PriorityOf(TIn item) => 0;

    bool ITargetOwner<TIn>.TryReserveRoom() => _feeder.TryPromise();

    void ITargetOwner<TIn>.ReleaseRoom() => _feeder.BreakPromise();

    void ITargetOwner<TIn>.Accept(TIn item, int priority) => _feeder.FeedPromised(FeedItem<TIn>.OfValue(item));

    void ITargetOwner<TIn>.IntakeClosed() => _core.Complete();

    void ITargetOwner<TIn>.IntakeFailed(Exception error) => Fail(error);

    // There is nothing to send: the next thread that adds to the sink sends its result and sees the room that was freed.
    void ISourceOwner.ItemsLeft(int count)
    {
        if (_core.Sink.MayHaveUnread)
            _core.Sink.SendOn();
    }

    // A faulted block also drops results that arrive later; the run must not wait for readers.
    void ISourceOwner.ItemsDropped(int count) => _core.Sink.SendOn();

    void ISourceOwner.OfferingFailed(Exception error) => Fail(error);

    Action IResultOutlet<TOut>.OnLeft => _onLeft;

    bool IResultOutlet<TOut>.TryAdd(PipelineResult<TOut> result)
    {
        if (!_source.TryAdd(result, priority: 0, _bound, out bool mustOffer))
            return false;
        Broken("added-items-are-never-offered", ref mustOffer, false);
        if (mustOffer)
            Volatile.Write(ref _mustOffer, 1);
        if (_core.Window is not null)
            Interlocked.Increment(ref _leftWindow);
        return true;
    }

    private void OnLeft()
    {
        if (Volatile.Read(ref _mustOffer) != 0 && Interlocked.Exchange(ref _mustOffer, 0) != 0)
            _source.Offer();
        if (_core.Window is { } window)
        {
            for (int left = Interlocked.Exchange(ref _leftWindow, 0); left > 0; left--)
                window.OnRead();
            _target.RoomCameFree();
        }

        EndIfOver();
    }

    private void OnRunEnded()
    {
        _target.Close();
        EndIfOver();
    }

    // Checked when the run has ended and whenever a result has left it: the later of the two finds both conditions met.
    private void EndIfOver()
    {
        if (!_core.Completion.IsCompleted || _core.Sink.HasUnread)
            return;
        if (_fault is { } fault)
            _source.Fault(fault);
        _source.Complete();
    }

    private void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _fault, error, null);
        // This comes first: dropping results makes room, and no further item may be accepted.
        _target.Close();
        // No result is delivered any more: the source half drops the results that it has and those that still arrive.
        _source.Fault(_fault);
        _core.Cancel();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
