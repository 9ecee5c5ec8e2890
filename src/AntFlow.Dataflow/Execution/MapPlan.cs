namespace AntFlow.Dataflow;

/// <summary>What a map is made of.</summary>
internal sealed record MapPlan<TIn, TOut>(
    ExecutorPool Pool, MapSource<TIn> Source, CallForm<TIn, TOut> Form, CallTerms Terms, Caller Caller, MapWindow Window, CancellationToken CancellationToken)
{
    /// <summary>Tells those that run when the map is stopped. Has no timer and is left to the collector: functions may look at its token for as long as they like.</summary>
    public CancellationTokenSource Cancel { get; } = new();
}

/// <summary>How far a map pulls ahead of what is done (or read, in a stream): never more than the workers and a few, so that whoever pulls wakes once for several.</summary>
/// <param name="Size">At so many it waits.</param>
/// <param name="Low">At so many it goes on.</param>
internal readonly record struct MapWindow(int Size, int Low)
{
    public static MapWindow Of(int workers)
    {
        int few = Math.Clamp(workers, 16, 64);
        return new MapWindow((int)Math.Min(workers + (long)few, int.MaxValue), (int)Math.Min(workers + (few / 2L), int.MaxValue));
    }
}
