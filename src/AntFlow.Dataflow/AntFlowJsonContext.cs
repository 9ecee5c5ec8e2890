using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Json;

/// <summary>Source-generated JSON metadata for snapshots, error summaries, events and the records derived from them. It needs no reflection and works in a trimmed application.</summary>
/// <remarks>
/// <para>Property names are in camel case (<see cref="JsonSerializerDefaults.Web"/>), enums are written as names, and times and durations in the default format of System.Text.Json. A value that
/// is read and written again gives the same JSON. It also gives the same <see cref="Bottleneck"/>, <see cref="RemainingTimeEstimator"/> results and <c>ToString</c> texts as the original.</para>
/// <para>Results and reports contain values of your own type. Declare a context for <c>PipelineReport&lt;T&gt;</c> of that type with the same options; nothing else is needed. Your context works
/// on its own or combined with this one.</para>
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
