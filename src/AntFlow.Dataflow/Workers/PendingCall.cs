using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AntFlow.Dataflow;

/// <summary>A call of a task that did not end at once, as something a worker can await without knowing its type.</summary>
/// <remarks>Belongs to one worker, which awaits one call at a time, so waiting allocates nothing and adds no state machine of its own: the worker's loop is continued by the task
/// itself. Most calls are a <see cref="Task"/>, which the loop awaits as such (<see cref="Worker.Call"/>); the others are awaited by way of this.</remarks>
internal abstract class PendingCall
{
    /// <summary>The worker's <see cref="Worker.Call"/> has ended: its output is the item's value, or what it ended with instead is the worker's <see cref="Worker.Error"/>. Never throws.</summary>
    public abstract void End(Worker worker, Item item);
}

internal sealed class PendingCall<TOut> : PendingCall, IValueTaskSource
{
    private readonly Action _onEnd;
    private ValueTask<TOut> _call;
    private Item? _item;
    private Worker? _worker;
    private Action<object?>? _continuation;
    private object? _state;
    private short _version;

    private PendingCall()
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

    /// <summary>The end of a call of this worker: of its <see cref="Worker.Call"/> if that is set, of what is returned if not.</summary>
    public static ValueTask Of(in ValueTask<TOut> call, bool isTask, Worker worker, Item item)
    {
        if (worker.Pending is not PendingCall<TOut> pending)
            worker.Pending = pending = new PendingCall<TOut>();
        if (!isTask)
            return pending.Await(call, worker, item);
        worker.Call = call.AsTask();
        return default;
    }

    public override void End(Worker worker, Item item)
    {
        // It was set together with this, whose type it has.
        var call = Unsafe.As<Task<TOut>>(worker.Call!);
        worker.Call = null;
        if (call.IsCompletedSuccessfully)
            item.Value.Set(call.GetAwaiter().GetResult());
        else
            worker.Error = ErrorOf(call);
    }

    /// <summary>The end of the call, after which the same is true as after <see cref="End"/>. Never throws.</summary>
    private ValueTask Await(in ValueTask<TOut> call, Worker worker, Item item)
    {
        _call = call;
        _worker = worker;
        _item = item;
        return new ValueTask(this, ++_version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _call.IsCompleted ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    public void GetResult(short token)
    {
        ValueTask<TOut> call = _call;
        (Worker worker, Item item) = (_worker!, _item!);
        _call = default;
        _worker = null;
        _item = null;
        try
        {
            if (call.IsCompletedSuccessfully)
                item.Value.Set(call.Result);
            else
                worker.Error = ErrorOf(call.AsTask());
        }
        catch (Exception thrown)
        {
            worker.Error = thrown;
        }
    }

    // Not thrown once more: that costs more than the rest of an attempt, and its stack is that of the user's code already.
    private static Exception ErrorOf(Task<TOut> task)
    {
        if (task.Exception is { } error)
            return error.InnerExceptions[0];
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException canceled)
        {
            return canceled;
        }

        throw new UnreachableException("A canceled task throws.");
    }

    // The worker's loop asks for no context to come back to, and brings its own.
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _state = state;
        _call.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onEnd);
    }
}
