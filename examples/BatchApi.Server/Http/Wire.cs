using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>JSON as it leaves us, readable: no <c>\u0022</c> where <c>\"</c> will do, because nothing of it is put into a web page.</summary>
internal static class Wire
{
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToWire(this JsonNode node) => node.ToJsonString(_readable);

    public static IResult Json(JsonNode node, int status = StatusCodes.Status200OK) =>
        Results.Text(node.ToWire(), "application/json", statusCode: status);
}
