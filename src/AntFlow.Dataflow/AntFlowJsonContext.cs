using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Json;

/// <summary>How snapshots, error summaries, events, and what is said about them, become JSON and come back: generated, so that it needs no reflection and works in a trimmed program.</summary>
/// <remarks>
/// <para>Names are in camel case, as the web has them (<see cref="JsonSerializerDefaults.Web"/>), enums are names, and times and durations are what System.Text.Json makes of them. What was read and is written
/// again gives the same JSON, and answers the same: <see cref="Bottleneck"/>, <see cref="RemainingTimeEstimator"/> and <c>ToString</c>.</para>
/// <para>Results and reports have values of your own type: declare a context for <c>PipelineReport&lt;T&gt;</c> of it, with the same options, and nothing more. It works by itself, or
/// together with this one.</para>
/// </remarks>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PipelineSnapshot))]
[JsonSerializable(typeof(IReadOnlyList<PipelineSnapshot>))]
[JsonSerializable(typeof(ErrorSummary))]
[JsonSerializable(typeof(ErrorInfo))]
[JsonSerializable(typeof(StatusEvent))]
[JsonSerializable(typeof(IReadOnlyList<StatusEvent>))]
[JsonSerializable(typeof(TaskEvent))]
[JsonSerializable(typeof(StatusCounts))]
[JsonSerializable(typeof(Bottleneck))]
[JsonSerializable(typeof(RemainingTime))]
[JsonSerializable(typeof(ItemId))]
public sealed partial class AntFlowJsonContext : JsonSerializerContext;
