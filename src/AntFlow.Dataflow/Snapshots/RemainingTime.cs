using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>How long a run will still take: a band, or the reason why it is not known.</summary>
public sealed record RemainingTime
{
    /// <summary>Makes one of its parts: either both ends of the band, or the reason why it is not known. <see cref="Between"/> and <see cref="Unknown"/> say it shorter.</summary>
    /// <param name="low">Less than this is left in one of ten cases.</param>
    /// <param name="high">More than this is left in one of ten cases.</param>
    /// <param name="unknownBecause">Why it is unknown.</param>
    /// <exception cref="ArgumentException">There is neither a band nor a reason, or both.</exception>
    [JsonConstructor]
    public RemainingTime(TimeSpan? low, TimeSpan? high, string? unknownBecause)
    {
        if (low.HasValue == (unknownBecause is not null) || low.HasValue != high.HasValue)
            throw new ArgumentException("A time left is a band of two ends, or a reason why it is not known.", nameof(unknownBecause));
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
    [JsonIgnore]
    public bool IsKnown => UnknownBecause is null;

    /// <summary>A time left that is known.</summary>
    /// <param name="low">Less than this is left in one of ten cases.</param>
    /// <param name="high">More than this is left in one of ten cases; <paramref name="low"/> if it is below that.</param>
    /// <returns>The band.</returns>
    public static RemainingTime Between(TimeSpan low, TimeSpan high) => new(low, high > low ? high : low, unknownBecause: null);

    /// <summary>A time left that is not known.</summary>
    /// <param name="because">Why, as a clause in English without a full stop.</param>
    /// <returns>The reason.</returns>
    public static RemainingTime Unknown(string because) => new(low: null, high: null, because);
}
