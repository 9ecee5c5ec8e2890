using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>The JSON of the answers. It is readable: <c>\"</c> instead of <c>\u0022</c>, because it is never put into a web page.</summary>
internal static class Wire
{
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToWire(this JsonNode node) => node.ToJsonString(_readable);

    public static IResult Json(JsonNode node, int status = StatusCodes.Status200OK) =>
        Results.Text(node.ToWire(), "application/json", statusCode: status);
}
