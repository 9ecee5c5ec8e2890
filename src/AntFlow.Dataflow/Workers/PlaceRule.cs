namespace AntFlow.Dataflow;

/// <summary>How many items of a pool workers may hold or wait for their next attempt.</summary>
/// <param name="MaxInFlight">The number that was set; null for the default.</param>
/// <param name="Beside">For the default: how many items there may be in addition to those that workers hold. Null for ten per worker.</param>
internal readonly record struct PlaceRule(int? MaxInFlight, int? Beside = null)
{
    /// <summary>Whether a worker stays idle for each item that waits because it was throttled: a server that throttles must not be called with other items in the meantime, unless a number was set.</summary>
    public bool IdlesForThrottled => MaxInFlight is null;

    /// <summary>Returns the number of places for a number of workers: at least one for each.</summary>
    public int PlacesFor(int workers) =>
        MaxInFlight is { } most ? Math.Max(workers, most) : (int)Math.Min(int.MaxValue, workers + (Beside ?? (workers * 10L)));
}
