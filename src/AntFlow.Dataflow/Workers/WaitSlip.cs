using System.Threading.Tasks.Sources;

namespace AntFlow.Dataflow;

/// <summary>What a worker or feeder holds while it waits: for room in the next stage, or for a permit. Reused, so waiting allocates nothing.</summary>
/// <remarks>One party waits on a slip at a time. Whether it is listed, and where, is guarded by the lock of the stage waited at; it is answered
/// outside that lock, once, by whoever took it off its list.</remarks>
internal sealed class WaitSlip : IValueTaskSource<bool>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>Whether a feeder waits, not a worker.</summary>
    public bool IsFeeder { get; init; }

    /// <summary>The item the holder put into the front before it began to wait.</summary>
    public Item? Item { get; set; }

    /// <summary>The place in the line; -1 if not listed.</summary>
    public int Position { get; set; } = -1;

    /// <summary>The next slip that is answered together with this one.</summary>
    public WaitSlip? NextAnswered { get; set; }

    public bool Answer { get; set; }

    /// <summary>Begins a new wait. Before the slip is listed.</summary>
    public void Reset() => _core.Reset();

    /// <summary>True: what was waited for is there. False: the run was closed first.</summary>
    public ValueTask<bool> WaitAsync() => new(this, _core.Version);

    /// <summary>The same wait for whoever looks at <see cref="Answer"/> afterwards.</summary>
    public ValueTask WaitForAnswerAsync() => new(this, _core.Version);

    public void Complete() => _core.SetResult(Answer);

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
