namespace AntFlow.Dataflow;

/// <summary>How long a run will still take: a band, or the reason why it is not known.</summary>
public sealed record RemainingTime
{
    private RemainingTime(TimeSpan? low, TimeSpan? high, string? unknownBecause)
    {
        Low = low;
        High = high;
        UnknownBecause = unknownBecause;
    }

    /// <summary>Less than this is left in one of ten cases (P10). Null while it is unknown. Not negative.</summary>
    public TimeSpan? Low { get; }

    /// <summary>More than this is left in one of ten cases (P90). Null while it is unknown. Not below <see cref="Low"/>.</summary>
    public TimeSpan? High { get; }

    /// <summary>Why it is unknown, as a clause in English without a full stop, such as <c>the run is paused</c>; null while it is known.</summary>
    public string? UnknownBecause { get; }

    /// <summary>Whether it is known.</summary>
    public bool IsKnown => UnknownBecause is null;

    internal static RemainingTime Between(TimeSpan low, TimeSpan high) => new(low, high > low ? high : low, unknownBecause: null);

    internal static RemainingTime Unknown(string because) => new(low: null, high: null, because);
}
