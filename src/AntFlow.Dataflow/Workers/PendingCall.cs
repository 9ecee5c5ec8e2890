using System.Threading.Tasks.Sources;

namespace AntFlow.Dataflow;

/// <summary>A call of a task that did not end at once, as something a worker can await without knowing its type.</summary>
/// <remarks>Belongs to one worker, which awaits one call at a time, so waiting allocates nothing and adds no state machine of its own: the worker's continuation
/// is called by the task itself.</remarks>
internal abstract class PendingCall;

internal sealed class PendingCall<TOut> : PendingCall, IValueTaskSource
{
    private readonly Action _onEnd;
    private ValueTask<TOut> _call;
    private Item? _item;
    private Action<object?>? _continuation;
    private object? _state;
    private short _version;

    public PendingCall()
    {
        _onEnd = () =>
        {
            Action<object?> continuation = _continuation!;
            object? state = _state;
            _continuation = null;
            _state = null;
            continuation(state);
        };
    }

    /// <summary>The end of the call, after which its output is the item's value.</summary>
    public ValueTask Await(in ValueTask<TOut> call, Item item)
    {
        _call = call;
        _item = item;
        return new ValueTask(this, ++_version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _call switch
    {
        { IsCompletedSuccessfully: true } => ValueTaskSourceStatus.Succeeded,
        { IsCompleted: false } => ValueTaskSourceStatus.Pending,
        { IsCanceled: true } => ValueTaskSourceStatus.Canceled,
        _ => ValueTaskSourceStatus.Faulted,
    };

    public void GetResult(short token)
    {
        ValueTask<TOut> call = _call;
        Item item = _item!;
        _call = default;
        _item = null;
        item.Value.Set(call.GetAwaiter().GetResult());
    }

    // The worker's loop asks for no context to come back to, and brings its own.
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _state = state;
        _call.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onEnd);
    }
}
