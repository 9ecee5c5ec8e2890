using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>A bucket of similar durations, in a <see cref="StageSnapshot"/>.</summary>
/// <param name="LeastSeconds">The lower bound in seconds, inclusive.</param>
/// <param name="MostSeconds">The upper bound in seconds, exclusive.</param>
/// <param name="Count">The number of items in the bucket.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public readonly record struct TimeBucket(double LeastSeconds, double MostSeconds, long Count);
