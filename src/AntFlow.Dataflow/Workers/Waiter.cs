using System.Threading.Tasks.Sources;

namespace AntFlow.Dataflow;

/// <summary>What a worker, a parked loop, a feeder or the reader of results waits on: for room in the next stage, for a permit, for its turn to save, for something to do, or for a
/// result. Reused, so waiting allocates nothing.</summary>
/// <remarks>One party waits on a waiter at a time. Whether it is listed, and where, is guarded by the lock of the stage waited at; it is answered
/// outside that lock, once, by the thread that took it off its list.</remarks>
internal sealed class Waiter : IValueTaskSource<bool>, IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <param name="isReader">Whether the reader of the results waits, which is woken in the order of the whole thread pool. A worker or a feeder is woken next on the thread that
    /// answers, where the item it continues with is in the cache; a reader woken there would read one result and wait again, in turn with the worker that makes them, where it can read many.</param>
    public Waiter(bool isReader = false)
    {
        IsReader = isReader;
        _core.RunContinuationsAsynchronously = !isReader;
    }

    public bool IsReader { get; }

    /// <summary>Whether a feeder waits, not a worker.</summary>
    public bool IsFeeder { get; init; }

    /// <summary>The item that the waiting worker or feeder put into the front before it began to wait.</summary>
    public Item? Item { get; set; }

    /// <summary>The place in the line; -1 if the waiter is not listed.</summary>
    public int Position { get; set; } = -1;

    /// <summary>Whether the waiter is listed, for room. Guarded by the lock of the stage waited at, or of the results.</summary>
    public bool IsForRoom { get; private set; }

    /// <summary>The next waiter that is answered together with this one.</summary>
    public Waiter? NextAnswered { get; set; }

    public bool Result { get; set; }

    /// <summary>Why what was waited for will not happen, if that is known and is not the end of the run. Set with the answer.</summary>
    public Exception? Error { get; set; }

    /// <summary>Begins a new wait. Called before the waiter is listed.</summary>
    public void Reset() => _core.Reset();

    /// <summary>Begins a wait for room.</summary>
    public void ResetForRoom()
    {
        _core.Reset();
        IsForRoom = true;
    }

    /// <summary>Ends a wait for room: the waiter is taken off its list.</summary>
    public void EndForRoom() => IsForRoom = false;

    /// <summary>Waits. Returns true if what was waited for is there, and false if the run was closed first.</summary>
    public ValueTask<bool> WaitAsync() => new(this, _core.Version);

    /// <summary>Waits, where the answer does not matter.</summary>
    public ValueTask WaitForAnswerAsync() => new(this, _core.Version);

    public void Complete()
    {
        if (IsReader)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            _core.SetResult(Result);
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(Result);

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
