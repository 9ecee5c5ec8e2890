using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>Stands between a source and a target that is already linked to it, so that each treats the second link as a link to another partner.</summary>
internal sealed class RepeatedLink<T>(ISourceBlock<T> source, ITargetBlock<T> target) : IPropagatorBlock<T, T>
{
    public Task Completion => source.Completion;

    public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, T messageValue, ISourceBlock<T>? _, bool consumeToAccept) =>
        target.OfferMessage(messageHeader, messageValue, this, consumeToAccept);

    public T? ConsumeMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> _, out bool messageConsumed) =>
        source.ConsumeMessage(messageHeader, this, out messageConsumed);

    public bool ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<T> _) => source.ReserveMessage(messageHeader, this);

    public void ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<T> _) => source.ReleaseReservation(messageHeader, this);

    public void Complete() => target.Complete();

    public void Fault(Exception exception) => target.Fault(exception);

    public IDisposable LinkTo(ITargetBlock<T> _, DataflowLinkOptions linkOptions) =>
        throw new NotSupportedException("A link cannot be linked to a target. Call LinkTo on the source block.");
}
