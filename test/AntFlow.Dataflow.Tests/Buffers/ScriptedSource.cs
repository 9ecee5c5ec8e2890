using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests;

/// <summary>A source that offers when the test says so, and remembers what the target did about it.</summary>
internal sealed class ScriptedSource : ISourceBlock<int>
{
    private readonly TaskCompletionSource<DataflowMessageHeader> _consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DataflowMessageHeader> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DataflowMessageHeader> _reserved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _consumeCount;

    /// <summary>What consuming gives; null: it is not to be had.</summary>
    public Func<int?> Give { get; init; } = () => null;

    public bool LetsReserve { get; init; } = true;

    /// <summary>The header of the first attempt to consume, successful or not.</summary>
    public Task<DataflowMessageHeader> Consumed => _consumed.Task.InTime();

    public Task<DataflowMessageHeader> Released => _released.Task.InTime();

    public Task<DataflowMessageHeader> Reserved => _reserved.Task.InTime();

    public bool WasReleased => _released.Task.IsCompleted;

    public int ConsumeCount => Volatile.Read(ref _consumeCount);

    public Task Completion { get; } = new TaskCompletionSource().Task;

    public static ScriptedSource Giving(int item) => new() { Give = () => item };

    public static ScriptedSource Empty() => new();

    public DataflowMessageStatus Offer(ITargetBlock<int> target, int item, long id = 1, bool consumeToAccept = false) =>
        target.OfferMessage(new DataflowMessageHeader(id), item, this, consumeToAccept);

    public int ConsumeMessage(DataflowMessageHeader messageHeader, ITargetBlock<int> target, out bool messageConsumed)
    {
        Interlocked.Increment(ref _consumeCount);
        try
        {
            int? item = Give();
            messageConsumed = item.HasValue;
            return item.GetValueOrDefault();
        }
        finally
        {
            _consumed.TrySetResult(messageHeader);
        }
    }

    public bool ReserveMessage(DataflowMessageHeader messageHeader, ITargetBlock<int> target)
    {
        _reserved.TrySetResult(messageHeader);
        return LetsReserve;
    }

    public void ReleaseReservation(DataflowMessageHeader messageHeader, ITargetBlock<int> target) => _released.TrySetResult(messageHeader);

    public IDisposable LinkTo(ITargetBlock<int> target, DataflowLinkOptions linkOptions) => throw new NotSupportedException();

    public void Complete() => throw new NotSupportedException();

    public void Fault(Exception exception) => throw new NotSupportedException();
}
