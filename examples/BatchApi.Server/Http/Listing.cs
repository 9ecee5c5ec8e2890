using System.Globalization;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>One page of a list: <c>?after=ID&amp;limit=N</c>.</summary>
internal static class Listing
{
    public static IResult Page(IReadOnlyList<JsonObject> all, HttpRequest request, int usual, int most)
    {
        string? limitText = request.Query["limit"];
        int limit = usual;
        if (limitText is not null && !(int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most))
            return ApiError.BadRequest($"Invalid 'limit': '{limitText}'. It must be a whole number from 1 to {most}.", "limit", "invalid_value");

        int start = 0;
        string? after = request.Query["after"];
        if (!string.IsNullOrEmpty(after))
        {
            start = all.Select(Id).ToList().IndexOf(after) + 1;
            if (start == 0)
                return ApiError.NotFound($"No such object: {after}", "after");
        }

        JsonObject[] page = [.. all.Skip(start).Take(limit)];
        var json = new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page]),
            ["first_id"] = page.Length == 0 ? null : Id(page[0]),
            ["last_id"] = page.Length == 0 ? null : Id(page[^1]),
            ["has_more"] = start + page.Length < all.Count,
        };
        return Wire.Json(json);
    }

    private static string Id(JsonObject item) => item["id"]!.GetValue<string>();
}
