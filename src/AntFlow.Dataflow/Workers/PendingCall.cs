using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AntFlow.Dataflow;

/// <summary>A call of user code that did not end at once, in a form that a worker can await without knowing its type.</summary>
/// <remarks>Belongs to one worker, which awaits one call at a time, so waiting allocates nothing and adds no state machine: the call itself continues the worker's
/// loop. Most calls are a <see cref="System.Threading.Tasks.Task"/>, which the loop awaits directly; the others are awaited through this object.</remarks>
internal abstract class PendingCall
{
    /// <summary>The call, if it is a task: then await that. Null for <see cref="WaitAsync"/>.</summary>
    public Task? Task { get; protected set; }

    /// <summary>Waits for a call that is not a task. Never throws.</summary>
    public abstract ValueTask WaitAsync();

    /// <summary>Returns the outcome of the call that was awaited. Its value becomes the item's. Never throws.</summary>
    public abstract Outcome GetOutcome(Item item);
}

internal sealed class PendingCall<TOut> : PendingCall, IValueTaskSource
{
    private readonly Action _onEnd;
    private ValueTask<TOut> _call;
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

    /// <summary>Returns the pending call of a worker, which has to be awaited and ended before the worker makes another one.</summary>
    public static PendingCall Of(in ValueTask<TOut> call, bool isTask, Worker worker)
    {
        if (worker.Pending is not PendingCall<TOut> pending)
            worker.Pending = pending = new PendingCall<TOut>();
        if (isTask)
            pending.Task = call.AsTask();
        else
            pending._call = call;
        return pending;
    }

    public override ValueTask WaitAsync() => new(this, ++_version);

    public override Outcome GetOutcome(Item item)
    {
        if (Task is { } task)
        {
            Task = null;
            // It was set in this class, with this type.
            return OutcomeOf(Unsafe.As<Task<TOut>>(task), item);
        }

        ValueTask<TOut> call = _call;
        _call = default;
        try
        {
            if (!call.IsCompletedSuccessfully)
                return OutcomeOf(call.AsTask(), item);
            item.Value.Set(call.Result);
            return Outcome.Succeeded;
        }
        catch (Exception thrown)
        {
            return Outcome.Failed(thrown);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _call.IsCompleted ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    public void GetResult(short token)
    {
        // The call's own result is read at its end.
    }

    // The worker's loop needs no context to return to, and brings its own.
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _state = state;
        _call.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onEnd);
    }

    // The error is not thrown again: that costs more than the rest of an attempt, and its stack trace already is that of the user's code.
    private static Outcome OutcomeOf(Task<TOut> task, Item item)
    {
        if (task.IsCompletedSuccessfully)
        {
            item.Value.Set(task.GetAwaiter().GetResult());
            return Outcome.Succeeded;
        }

        if (task.Exception is { } error)
            return Outcome.Failed(error.InnerExceptions[0]);
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException canceled)
        {
            return Outcome.Failed(canceled);
        }

        throw new UnreachableException("A canceled task throws.");
    }
}
