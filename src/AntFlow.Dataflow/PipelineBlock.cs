using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A whole pipeline as one block of a dataflow graph: items go in, a <see cref="PipelineResult{T}"/> comes out for each, failures included.</summary>
/// <remarks>
/// <para>It speaks the whole protocol at both ends: offers are postponed while the first stage's queue is full, and unread results, in completion order
/// unless <see cref="RunOptions.OrderResults"/> is set, block the workers of the last stage.</para>
/// <para><see cref="Complete"/> takes no more items; <see cref="Completion"/> comes when every result has left. Stopping or canceling <see cref="Run"/> gives the results of canceled
/// items, too. <see cref="IDataflowBlock.Fault"/> cancels the run, drops the results that were not taken, and faults <see cref="Completion"/>; the run's report still
/// counts every item.</para>
/// <para>All members are thread-safe.</para>
/// </remarks>
/// <typeparam name="TIn">What the pipeline gets.</typeparam>
/// <typeparam name="TOut">What the pipeline makes.</typeparam>
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
        // What has come back from an earlier life may be there already; and the end has to find the outlet in its place.
        _core.Sink.SendTo(this);
        _ = _core.Completion.ContinueWith(
            static (_, block) => ((PipelineBlock<TIn, TOut>)block!).OnRunEnded(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    /// <summary>The run behind the block: feed it otherwise, pause it, look at it, stop it. Disposing it cancels it.</summary>
    public PipelineRun<TIn, TOut> Run { get; }

    /// <summary>Ends when the run has ended and every result has left, or with the error it was faulted with.</summary>
    public Task Completion => _source.Completion;

    /// <summary>How many results wait in the block for a target or receiver, one that is offered or reserved included; more may wait in the run.</summary>
    internal int OutputCount => _source.Count;

    private string DebugText => $"Run {Run.RunId}, Postponed = {_target.PostponedCount}, OutputCount = {OutputCount}, {Completion.Status}";

    /// <summary>No more items: later offers are declined for good and postponed ones are let go. What was accepted goes on to the end. Returns at once.</summary>
    public void Complete() => _target.Close();

    /// <summary>Takes the oldest result if there is one and it matches.</summary>
    /// <param name="filter">Asked on this thread; null matches everything. What it throws goes to the caller, and nothing is taken.</param>
    /// <param name="item">The result, or null.</param>
    /// <returns>False if there is none, it does not match, or a target has reserved it.</returns>
    public bool TryReceive(Predicate<PipelineResult<TOut>>? filter, [MaybeNullWhen(false)] out PipelineResult<TOut> item) =>
        _source.TryReceive(filter, out item);

    /// <summary>Takes all results that are there.</summary>
    /// <param name="items">The results, or null.</param>
    /// <returns>False if there are none, or a target has reserved one.</returns>
    public bool TryReceiveAll([NotNullWhen(true)] out IList<PipelineResult<TOut>>? items) => _source.TryReceiveAll(out items);

    /// <summary>Links a target, which is offered results in turn with the other targets. If the block has ended, the target is only told of that, if the options ask for
    /// it, and what its <c>Complete</c> or <c>Fault</c> throws goes to the caller; what a target linked before throws when it is told of the end is dropped.</summary>
    /// <param name="target">Who is offered the results. A target that throws faults this block.</param>
    /// <param name="linkOptions">All are honoured: <c>PropagateCompletion</c>, <c>MaxMessages</c>, <c>Append</c>.</param>
    /// <returns>Dispose it to unlink.</returns>
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

    // Items of a graph have no priority of their own: they are let in as they were offered.
    int ITargetOwner<TIn>.PriorityOf(TIn item) => 0;

    bool ITargetOwner<TIn>.TryReserveRoom() => _feeder.TryPromise();

    void ITargetOwner<TIn>.ReleaseRoom() => _feeder.BreakPromise();

    void ITargetOwner<TIn>.Accept(TIn item, int priority) => _feeder.FeedPromised(FeedItem<TIn>.OfValue(item));

    void ITargetOwner<TIn>.IntakeClosed() => _core.Complete();

    void ITargetOwner<TIn>.IntakeFailed(Exception error) => Fail(error);

    // Nothing to send on: the thread that adds to the sink next sends it on, and sees the room that has come free.
    void ISourceOwner.ItemsLeft(int count)
    {
        if (_core.Sink.MayHaveUnread)
            _core.Sink.SendOn();
    }

    // A faulted block drops what still comes, too; the run must not wait for readers.
    void ISourceOwner.ItemsDropped(int count) => _core.Sink.SendOn();

    void ISourceOwner.OfferingFailed(Exception error) => Fail(error);

    Action IResultOutlet<TOut>.OnLeft => _onLeft;

    bool IResultOutlet<TOut>.TryAdd(PipelineResult<TOut> result)
    {
        if (!_source.TryAdd(result, priority: 0, _bound, out bool mustOffer))
            return false;
        Broken("nobody-offers-what-was-added", ref mustOffer, false);
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

    // Asked when the run has ended, and when a result has left it: whichever comes last finds both.
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
        // First: dropping results makes room, and nothing is to be let in any more.
        _target.Close();
        // Nothing gets a result any more: the source half drops what it has, and what still comes.
        _source.Fault(_fault);
        _core.Cancel();
    }

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
