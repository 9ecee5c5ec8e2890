using System.Threading.Channels;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests;

/// <summary>An offer as a target sees it.</summary>
internal sealed record SeenOffer<T>(DataflowMessageHeader Header, T Item, ISourceBlock<T>? Source, bool ConsumeToAccept);

/// <summary>A target that answers offers as the test says and remembers them.</summary>
internal sealed class ScriptedTarget<T>(Func<SeenOffer<T>, DataflowMessageStatus> answer) : ITargetBlock<T>
{
    private readonly Channel<SeenOffer<T>> _seen = Channel.CreateUnbounded<SeenOffer<T>>();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _offerCount;

    public ScriptedTarget(DataflowMessageStatus always)
        : this(_ => always)
    {
    }

    /// <summary>Runs when the target is notified of the end; what it throws goes to the caller that notifies it.</summary>
    public Action OnTold { get; init; } = static () => { };

    public int OfferCount => Volatile.Read(ref _offerCount);

    /// <summary>Ends as the target is told to.</summary>
    public Task Completion => _end.Task;

    public bool WasTold => _end.Task.IsCompleted;

    public static ScriptedTarget<T> Accepting() => new(DataflowMessageStatus.Accepted);

    public static ScriptedTarget<T> Postponing() => new(DataflowMessageStatus.Postponed);

    public static ScriptedTarget<T> Declining() => new(DataflowMessageStatus.Declined);

    /// <summary>The next offer not looked at yet.</summary>
    public Task<SeenOffer<T>> NextOffer() => _seen.Reader.ReadAsync().AsTask().InTime();

    /// <summary>The next offer not looked at yet, which must have been made.</summary>
    public SeenOffer<T> SeenNow() => _seen.Reader.TryRead(out SeenOffer<T>? offer) ? offer : throw new InvalidOperationException("Nothing was offered.");

    public async Task<List<SeenOffer<T>>> NextOffers(int count)
    {
        var offers = new List<SeenOffer<T>>();
        while (offers.Count < count)
            offers.Add(await NextOffer());
        return offers;
    }

    public bool TryConsume(SeenOffer<T> offer, out T? item)
    {
        item = offer.Source!.ConsumeMessage(offer.Header, this, out bool isConsumed);
        return isConsumed;
    }

    public bool TryConsume(SeenOffer<T> offer) => TryConsume(offer, out _);

    public bool TryReserve(SeenOffer<T> offer) => offer.Source!.ReserveMessage(offer.Header, this);

    public void Release(SeenOffer<T> offer) => offer.Source!.ReleaseReservation(offer.Header, this);

    public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, T messageValue, ISourceBlock<T>? source, bool consumeToAccept)
    {
        var offer = new SeenOffer<T>(messageHeader, messageValue, source, consumeToAccept);
        Interlocked.Increment(ref _offerCount);
        DataflowMessageStatus status = answer(offer);
        _seen.Writer.TryWrite(offer);
        return status;
    }

    public void Complete()
    {
        _end.TrySetResult();
        OnTold();
    }

    public void Fault(Exception exception)
    {
        _end.TrySetException(exception);
        OnTold();
    }
}
