namespace AntFlow.Dataflow;

/// <summary>When a stage looks next. Pure.</summary>
/// <param name="Every">The time between two looks.</param>
/// <param name="First">The time before the first look; null for <paramref name="Every"/>.</param>
/// <param name="Jitter">By which share of itself a time is varied in both directions, from 0 to 1.</param>
internal sealed record PollSchedule(TimeSpan Every, TimeSpan? First, double Jitter)
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(49);

    /// <summary>Whether an item waits before its first look.</summary>
    public bool WaitsFirst => First != TimeSpan.Zero;

    /// <summary>Returns the time before the next look.</summary>
    /// <param name="random">A number of [0, 1).</param>
    public TimeSpan Next(double random) => Vary(Every, random);

    /// <summary>Returns the time before the first look.</summary>
    /// <param name="isResumed">Whether the item was looked at in an earlier start of the run: the looks of all such items are spread over the time between two looks.</param>
    /// <param name="random">A number of [0, 1).</param>
    public TimeSpan BeforeFirst(bool isResumed, double random) => isResumed ? Every * random : Vary(First ?? Every, random);

    /// <summary>Returns the faults, one phrase each.</summary>
    public IEnumerable<string> FindFaults()
    {
        if (Every <= TimeSpan.Zero || Every > _longest)
            yield return $"every is {Every}; it must be above zero and at most 49 days. Set it with every:.";
        if (First is { } first && (first < TimeSpan.Zero || first > _longest))
            yield return $"First is {first}; it must be zero or above and at most 49 days. Set it with PollOptions.First, or leave it null to wait as long as between two looks.";
        if (Jitter is not (>= 0 and <= 1))
            yield return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Jitter is {Jitter}; it must be from 0 to 1. Set it with PollOptions.Jitter.");
    }

    private TimeSpan Vary(TimeSpan time, double random) => time * (1 + (Jitter * ((2 * random) - 1)));
}
