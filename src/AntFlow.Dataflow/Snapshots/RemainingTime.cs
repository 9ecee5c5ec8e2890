using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>The estimated remaining time of a run: a band, or the reason why it is unknown.</summary>
public sealed record RemainingTime
{
    /// <summary>Creates an instance from its parts: either both ends of the band, or the reason why the time is unknown. <see cref="Between"/> and <see cref="Unknown"/> are shorter.</summary>
    /// <param name="low">The lower end: in one of ten cases the remaining time is shorter.</param>
    /// <param name="high">The upper end: in one of ten cases the remaining time is longer.</param>
    /// <param name="unknownBecause">Why the time is unknown.</param>
    /// <exception cref="ArgumentException">There is neither a band nor a reason, or there are both.</exception>
    [JsonConstructor]
    public RemainingTime(TimeSpan? low, TimeSpan? high, string? unknownBecause)
    {
        if (low.HasValue == (unknownBecause is not null) || low.HasValue != high.HasValue)
            throw new ArgumentException("A remaining time must have either both ends of a band or a reason why it is unknown.", nameof(unknownBecause));
        Low = low;
        High = high;
        UnknownBecause = unknownBecause;
    }

    /// <summary>The lower end of the band (P10): in one of ten cases the remaining time is shorter. Null if it is unknown. Not negative.</summary>
    public TimeSpan? Low { get; }

    /// <summary>The upper end of the band (P90): in one of ten cases the remaining time is longer. Null if it is unknown. Not below <see cref="Low"/>.</summary>
    public TimeSpan? High { get; }

    /// <summary>Why the time is unknown, as an English clause without a full stop, such as <c>the run is paused</c>; null if it is known.</summary>
    public string? UnknownBecause { get; }

    /// <summary>Whether the time is known.</summary>
    [JsonIgnore]
    public bool IsKnown => UnknownBecause is null;

    /// <summary>Creates a known remaining time.</summary>
    /// <param name="low">The lower end: in one of ten cases the remaining time is shorter.</param>
    /// <param name="high">The upper end: in one of ten cases the remaining time is longer. If it is below <paramref name="low"/>, <paramref name="low"/> is used.</param>
    /// <returns>The band.</returns>
    public static RemainingTime Between(TimeSpan low, TimeSpan high) => new(low, high > low ? high : low, unknownBecause: null);

    /// <summary>Creates an unknown remaining time.</summary>
    /// <param name="because">The reason, as an English clause without a full stop.</param>
    /// <returns>The remaining time with the reason.</returns>
    public static RemainingTime Unknown(string because) => new(low: null, high: null, because);
}
