namespace AntFlow.Dataflow;

/// <summary>How many items of a pool may be in the hands of workers or wait for their next attempt.</summary>
/// <param name="MaxInFlight">The number that was set; null for the default.</param>
/// <param name="Beside">By default: how many there may be beside those in the hands of workers. Null for ten a worker.</param>
internal readonly record struct PlaceRule(int? MaxInFlight, int? Beside = null)
{
    /// <summary>Whether a worker stays idle for each item that waits because it was throttled: a server that says "not now" is not to be asked with other items in the meantime, unless a number was set.</summary>
    public bool IdlesForThrottled => MaxInFlight is null;

    /// <summary>The number of places for so many workers. Never less than one for each.</summary>
    public int PlacesFor(int workers) =>
        MaxInFlight is { } most ? Math.Max(workers, most) : (int)Math.Min(int.MaxValue, workers + (Beside ?? (workers * 10L)));
}
