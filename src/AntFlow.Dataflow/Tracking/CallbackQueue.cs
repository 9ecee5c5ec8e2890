using System.Threading.Channels;

namespace AntFlow.Dataflow;

/// <summary>Calls user callbacks outside the workers, one at a time, in the order of the events.</summary>
/// <remarks>Adding never waits. With <see cref="CallbackOverflow.Wait"/>, the caller checks <see cref="IsFull"/> and waits before it takes its next item.</remarks>
internal sealed partial class CallbackQueue
{
    private readonly Channel<Func<CancellationToken, ValueTask>> _calls;
    private readonly Caller _caller;
    private readonly Action<Exception> _report;
    private readonly int _capacity;
    private readonly bool _waits;
    private readonly Task _delivery;
    private TaskCompletionSource? _room;
    private long _dropped;
    private int _waiting;

    public CallbackQueue(StatusTrackerOptions options, Caller caller, CancellationToken cancellationToken, Action<Exception> report)
    {
        _caller = caller;
        _report = report;
        _capacity = options.CallbackCapacity;
        _waits = options.CallbackOverflow == CallbackOverflow.Wait;
        _calls = _waits
            ? Channel.CreateUnbounded<Func<CancellationToken, ValueTask>>(new UnboundedChannelOptions { SingleReader = true })
            : Channel.CreateBounded(
                new BoundedChannelOptions(_capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
                (Func<CancellationToken, ValueTask> _) =>
                {
                    Interlocked.Increment(ref _dropped);
                    Interlocked.Decrement(ref _waiting);
                });
        _delivery = Task.Run(() => DeliverAsync(cancellationToken), CancellationToken.None);
    }

    public bool IsFull => _waits && Volatile.Read(ref _waiting) >= _capacity;

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(Func<CancellationToken, ValueTask> call)
    {
        Interlocked.Increment(ref _waiting);
        _calls.Writer.TryWrite(call);
    }

    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (IsFull && !cancellationToken.IsCancellationRequested)
        {
            TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            room = Interlocked.CompareExchange(ref _room, room, null) ?? room;
            // Checked again after the source is set: a thread that makes room looks at the source afterwards.
            if (!IsFull)
                return;
            await room.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Delivers the remaining callbacks; nothing may be added any more.</summary>
    public Task CompleteAsync()
    {
        _calls.Writer.TryComplete();
        return _delivery;
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        await foreach (Func<CancellationToken, ValueTask> call in _calls.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await Call(call, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                _report(error);
            }

            int waiting = Interlocked.Decrement(ref _waiting);
            Broken("room-for-callbacks-is-never-signaled", ref waiting, int.MaxValue);
            if (waiting <= _capacity / 2)
                Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    // AsyncLocals that one callback sets must not reach the next one.
    private ValueTask Call(Func<CancellationToken, ValueTask> call, CancellationToken cancellationToken)
    {
        UserCall user = UserCall.Begin(_caller);
        try
        {
            return call(cancellationToken);
        }
        finally
        {
            user.End();
        }
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
