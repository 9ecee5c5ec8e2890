using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests;

/// <summary>A block of two halves whose output is of another kind than its input, as a pipeline's is: numbers in, their names out, first in first out.</summary>
internal sealed class TextBlock : IPropagatorBlock<int, string>, IReceivableSourceBlock<string>, ITargetOwner<int>, ISourceOwner
{
    private readonly TargetHalf<int> _target;
    private readonly SourceHalf<string> _source;
    private readonly SemaphoreSlim _rooms;

    public TextBlock(int capacity, CancellationToken cancellationToken)
    {
        var options = new DataflowBlockOptions();
        _rooms = new SemaphoreSlim(capacity == DataflowBlockOptions.Unbounded ? int.MaxValue / 2 : capacity);
        _target = new TargetHalf<int>(this, this, options);
        _source = new SourceHalf<string>(this, this, options);
        cancellationToken.Register(() =>
        {
            _source.Cancel(cancellationToken);
            _target.Close();
        });
    }

    public Task Completion => _source.Completion;

    public static int ValueOf(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    public void Complete() => _target.Close();

    public void Fault(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        _source.Fault(exception);
        _target.Close();
    }

    public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, int messageValue, ISourceBlock<int>? source, bool consumeToAccept) =>
        _target.OfferMessage(messageHeader, messageValue, source, consumeToAccept);

    public IDisposable LinkTo(ITargetBlock<string> target, DataflowLinkOptions linkOptions) => _source.LinkTo(target, linkOptions);

    public string? ConsumeMessage(DataflowMessageHeader messageHeader, ITargetBlock<string> target, out bool messageConsumed) =>
        _source.ConsumeMessage(messageHeader, target, out messageConsumed);

    public bool ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<string> target) => _source.ReserveMessage(messageHeader, target);

    public void ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<string> target) => _source.ReleaseReservation(messageHeader, target);

    public bool TryReceive(Predicate<string>? filter, [MaybeNullWhen(false)] out string item) => _source.TryReceive(filter, out item);

    public bool TryReceiveAll([NotNullWhen(true)] out IList<string>? items) => _source.TryReceiveAll(out items);

    int ITargetOwner<int>.PriorityOf(int item) => 0;

    bool ITargetOwner<int>.TryReserveRoom() => _rooms.Wait(0);

    void ITargetOwner<int>.ReleaseRoom() => _rooms.Release();

    void ITargetOwner<int>.Accept(int item, int priority) => _source.Add(item.ToString(CultureInfo.InvariantCulture), priority: 0);

    void ITargetOwner<int>.IntakeClosed() => _source.Complete();

    void ITargetOwner<int>.IntakeFailed(Exception error) => Fault(error);

    void ISourceOwner.ItemsLeft(int count)
    {
        _rooms.Release(count);
        _target.RoomCameFree();
    }

    void ISourceOwner.ItemsDropped(int count)
    {
        // Only offers wait for room, and they are released.
    }

    void ISourceOwner.OfferingFailed(Exception error) => Fault(error);
}
