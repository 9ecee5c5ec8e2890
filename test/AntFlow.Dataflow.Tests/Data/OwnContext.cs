using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Tests.Data;

public sealed record Page(string Title, int Words);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PipelineReport<Page>))]
internal sealed partial class PageJsonContext : JsonSerializerContext;
