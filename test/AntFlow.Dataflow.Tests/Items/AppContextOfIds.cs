using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Tests.Items;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Dictionary<ItemId, int>))]
internal sealed partial class AppContextOfIds : JsonSerializerContext;
