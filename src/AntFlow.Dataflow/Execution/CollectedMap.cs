using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>A map whose results are collected, in input order. The first failure stops it.</summary>
internal sealed class CollectedMap<TIn, TOut>(MapPlan<TIn, TOut> plan) : MapCall<TIn, TOut>(plan)
{
    private readonly List<TOut> _results = [];

    protected override long AheadNeedsLock => PendingNeedsLock;

    public async Task<IReadOnlyList<TOut>> RunAsync()
    {
        Start();
        await Ended.ConfigureAwait(false);
        Exception? error;
        using (Gate.EnterSection())
            error = ErrorNeedsLock;
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
        return _results;
    }

    protected override void KeepNeedsLock(long index, TOut value, ref Aftermath after)
    {
        while (_results.Count <= index)
            _results.Add(default!);
        _results[(int)index] = value;
    }

    protected override void FailNeedsLock(long index, Exception error, ref Aftermath after) => StopNeedsLock(error, ref after);

    protected override void FailSourceNeedsLock(Exception error, ref Aftermath after) => StopNeedsLock(error, ref after);

    protected override void OnPulledNeedsLock(ref Aftermath after)
    {
    }

    protected override void OnStopNeedsLock(ref Aftermath after)
    {
    }
}
