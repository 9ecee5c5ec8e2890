using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchApi.Tests;

/// <summary>The real server in a process of its own on a free port, and what one needs to talk to it by hand.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private const string Ready = "listening on ";
    private readonly TempFolder _folder;

    private ServerUnderTest(RunningProgram program, Uri endpoint, TempFolder folder)
    {
        Program = program;
        Endpoint = endpoint;
        _folder = folder;
        Http = new HttpClient { BaseAddress = new Uri(endpoint + "/") };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "test");
    }

    public RunningProgram Program { get; }

    public Uri Endpoint { get; }

    public HttpClient Http { get; }

    public string LogFile => _folder.Path("server.jsonl");

    public static async Task<ServerUnderTest> StartAsync(CancellationToken ct, params string[] args)
    {
        var folder = new TempFolder();
        RunningProgram program = RunningProgram.Start(Programs.Server, ["--until-stdin-closes", "--log", folder.Path("server.jsonl"), .. args]);
        string line = await program.LineAsync(Ready, ct);
        return new ServerUnderTest(program, new Uri(line[Ready.Length..]), folder);
    }

    public async Task<(int Status, JsonObject Body)> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await SendAsync(request, ct);
    }

    public Task<(int Status, JsonObject Body)> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    public async Task<(int Status, JsonObject Body)> UploadAsync(string content, CancellationToken ct, string purpose = "batch", string name = "input.jsonl")
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(purpose), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "file", name },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "files") { Content = form };
        return await SendAsync(request, ct);
    }

    /// <summary>Uploads, and creates a batch of it.</summary>
    public async Task<JsonObject> CreateBatchAsync(string content, CancellationToken ct, JsonObject? metadata = null)
    {
        JsonObject file = await AgainAsync(() => UploadAsync(content, ct));
        return await AgainAsync(() => SendAsync(HttpMethod.Post, "batches", BatchOf(file.Text("id"), metadata), ct));
    }

    public static JsonObject BatchOf(string fileId, JsonObject? metadata = null) => new()
    {
        ["input_file_id"] = fileId,
        ["endpoint"] = "/v1/chat/completions",
        ["completion_window"] = "24h",
        ["metadata"] = metadata,
    };

    /// <summary>Asks until the batch is in this state; gives it, and all states on the way.</summary>
    public async Task<(JsonObject Batch, IReadOnlyList<string> Seen)> UntilAsync(string batchId, string status, CancellationToken ct)
    {
        var seen = new List<string>();
        while (true)
        {
            JsonObject batch = await AgainAsync(() => GetAsync($"batches/{batchId}", ct));
            string now = batch.Text("status");
            if (seen.LastOrDefault() != now)
                seen.Add(now);
            if (now == status)
                return (batch, seen);
        }
    }

    public async Task<string> ContentAsync(string fileId, CancellationToken ct)
    {
        while (true)
        {
            using HttpResponseMessage response = await Http.GetAsync(new Uri($"files/{fileId}/content", UriKind.Relative), ct);
            if (response.IsSuccessStatusCode)
                return await response.Content.ReadAsStringAsync(ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Program.DisposeAsync();
        _folder.Dispose();
    }

    // A server with trouble refuses calls; a test may ask at once until it is let in.
    private static async Task<JsonObject> AgainAsync(Func<Task<(int Status, JsonObject Body)>> call)
    {
        while (true)
        {
            (int status, JsonObject body) = await call();
            if (status == 200)
                return body;
        }
    }

    private async Task<(int Status, JsonObject Body)> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using HttpResponseMessage response = await Http.SendAsync(request, ct);
        string text = await response.Content.ReadAsStringAsync(ct);
        return ((int)response.StatusCode, (JsonObject)JsonNode.Parse(text)!);
    }
}

internal static class JsonReading
{
    public static string Text(this JsonNode node, string name) => node[name]!.GetValue<string>();

    public static IReadOnlyList<JsonObject> Lines(this string jsonLines) =>
        [.. jsonLines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (JsonObject)JsonNode.Parse(line)!)];
}
