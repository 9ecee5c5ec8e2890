using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>How many items took about as long as each other, in a <see cref="StageSnapshot"/>.</summary>
/// <param name="LeastSeconds">They took this long at least, in seconds.</param>
/// <param name="MostSeconds">And less than this.</param>
/// <param name="Count">How many there were.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public readonly record struct TimeBucket(double LeastSeconds, double MostSeconds, long Count);
