using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>A map that collects its results in input order. The first failure stops it.</summary>
internal sealed class CollectedMap<TIn, TOut>(MapPlan<TIn, TOut> plan) : MapCall<TIn, TOut>(plan)
{
    private readonly List<TOut> _results = [];

    protected override long Ahead(in LockScope held) => Pending(held);

    public async Task<IReadOnlyList<TOut>> RunAsync()
    {
        Start();
        await Ended.ConfigureAwait(false);
        Exception? error;
        using (LockScope held = Lock.Enter(out _))
            error = Error(held);
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
        return _results;
    }

    protected override void Keep(long index, TOut value, in LockScope held)
    {
        while (_results.Count <= index)
            _results.Add(default!);
        _results[(int)index] = value;
    }

    protected override void Fail(long index, Exception error, in LockScope held) => Stop(error, held);

    protected override void FailSource(Exception error, in LockScope held) => Stop(error, held);

    protected override void OnPulled(in LockScope held)
    {
    }

    protected override void OnStop(in LockScope held)
    {
    }
}
