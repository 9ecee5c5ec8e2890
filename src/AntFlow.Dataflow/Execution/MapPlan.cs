namespace AntFlow.Dataflow;

/// <summary>The parameters of a map.</summary>
internal sealed record MapPlan<TIn, TOut>(
    ExecutorPool Pool, MapSource<TIn> Source, CallForm<TIn, TOut> Form, CallTerms Terms, Caller Caller, MapWindow Window, CancellationToken CancellationToken)
{
    /// <summary>Notifies running calls when the map is stopped. It has no timer and is not disposed, because functions may use its token for as long as they like.</summary>
    public CancellationTokenSource Cancel { get; } = new();
}

/// <summary>How far a map reads ahead of completed calls (in a stream, of results that were read): the number of workers and a few more, so that the reading code wakes up once for several
/// values.</summary>
/// <param name="Size">The number of values at which it waits.</param>
/// <param name="Low">The number of values at which it continues.</param>
internal readonly record struct MapWindow(int Size, int Low)
{
    public static MapWindow Of(int workers)
    {
        int few = Math.Clamp(workers, 16, 64);
        return new MapWindow((int)Math.Min(workers + (long)few, int.MaxValue), (int)Math.Min(workers + (few / 2L), int.MaxValue));
    }
}
