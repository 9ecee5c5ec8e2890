using System.Net;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

[CancelAfter(60_000)]
public sealed class FilesOverHttpTests
{
    [Test]
    public async Task A_file_can_be_uploaded_read_listed_and_deleted(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        (int status, JsonObject file) = await server.UploadAsync(Some.Lines(2), ct);
        string id = file.Text("id");

        status.ShouldBe(200);
        id.ShouldStartWith("file-");
        file.Text("object").ShouldBe("file");
        file.Text("purpose").ShouldBe("batch");
        file.Text("filename").ShouldBe("input.jsonl");
        file["bytes"]!.GetValue<int>().ShouldBe(Some.Lines(2).Length);
        (await server.GetAsync($"files/{id}", ct)).Body.ToJsonString().ShouldBe(file.ToJsonString());
        (await server.ContentAsync(id, ct)).ShouldBe(Some.Lines(2));
        (await server.GetAsync("files", ct)).Body["data"]!.AsArray().Single()!.Text("id").ShouldBe(id);
        (await server.GetAsync("files?purpose=batch_output", ct)).Body["data"]!.AsArray().ShouldBeEmpty();

        (int deleted, JsonObject answer) = await server.SendAsync(HttpMethod.Delete, $"files/{id}", null, ct);
        deleted.ShouldBe(200);
        answer["deleted"]!.GetValue<bool>().ShouldBeTrue();
        (await server.GetAsync($"files/{id}", ct)).Status.ShouldBe(404);
    }

    [Test]
    public async Task A_call_without_a_key_is_401(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct);
        server.Http.DefaultRequestHeaders.Authorization = null;

        (int status, JsonObject body) = await server.GetAsync("files", ct);

        status.ShouldBe(401);
        body["error"]!.Text("message").ShouldContain("API key");
    }

    [TestCase("GET", "files/file-1")]
    [TestCase("GET", "files/file-1/content")]
    [TestCase("DELETE", "files/file-1")]
    [TestCase("GET", "batches/batch_1")]
    [TestCase("POST", "batches/batch_1/cancel")]
    [TestCase("GET", "images/1")]
    [TestCase("GET", "batches?after=batch_1")]
    public async Task What_is_not_there_is_404(string method, string path, CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        (int status, JsonObject body) = await server.SendAsync(new HttpMethod(method), path, null, ct);

        status.ShouldBe(404);
        body["error"]!.Text("type").ShouldBe("invalid_request_error");
        body["error"]!.AsObject().Select(member => member.Key).ShouldBe(["message", "type", "param", "code"]);
    }

    [TestCase("fine-tune", "input.jsonl", "purpose")]
    [TestCase("batch", "input.csv", "file")]
    public async Task A_wrong_upload_is_400(string purpose, string name, string param, CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        (int status, JsonObject body) = await server.UploadAsync(Some.Lines(1), ct, purpose, name);

        status.ShouldBe(400);
        body["error"]!.Text("param").ShouldBe(param);
    }

    [Test]
    public async Task A_throttled_call_is_429_with_Retry_After_and_a_call_before_that_is_noticed(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "100");
        var path = new Uri("batches/batch_1", UriKind.Relative);

        using HttpResponseMessage first = await server.Http.GetAsync(path, ct);
        using HttpResponseMessage early = await server.Http.GetAsync(path, ct);

        first.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        first.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 2);
        JsonNode.Parse(await first.Content.ReadAsStringAsync(ct))!["error"]!.Text("code").ShouldBe("rate_limit_exceeded");
        early.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        LoggedRun.Read(server.LogFile).Calls.Select(call => (call.Status, call.IsEarly)).ShouldBe([(429, false), (429, true)]);
    }

    [Test]
    public async Task The_same_seed_refuses_the_same_calls_and_gives_the_same_ids(CancellationToken ct)
    {
        string one = await TalkAsync("5", ct);

        (await TalkAsync("5", ct)).ShouldBe(one);
        (await TalkAsync("6", ct)).ShouldNotBe(one);
    }

    private static async Task<string> TalkAsync(string seed, CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--seed", seed, "--trouble", "3");
        var heard = new List<string>();
        for (int n = 0; n < 40; n++)
        {
            (int status, JsonObject body) = await server.UploadAsync(Some.Lines(n + 1), ct);
            heard.Add($"{status} {(string?)body["id"]}");
        }

        return string.Join('\n', heard);
    }
}
