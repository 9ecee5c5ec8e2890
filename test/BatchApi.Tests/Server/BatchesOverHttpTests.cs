using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BatchApi.Server;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

[CancelAfter(60_000)]
public sealed class BatchesOverHttpTests
{
    [Test]
    public async Task A_batch_goes_through_its_states_and_answers_every_request(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        JsonObject created = await server.CreateBatchAsync(Some.Lines(3), ct, new JsonObject { ["who"] = "me" });
        (JsonObject batch, IReadOnlyList<string> seen) = await server.UntilAsync(created.Text("id"), "completed", ct);

        created.Text("status").ShouldBe("validating");
        string[] states = ["validating", "in_progress", "finalizing", "completed"];
        LoggedRun.Read(server.LogFile).States.Single().Value.ShouldBe(states);
        seen.ShouldBe(states.Where(seen.Contains)); // on a busy machine we may miss one, but never see one out of its order
        batch["request_counts"]!.ToJsonString().ShouldBe("""{"total":3,"completed":3,"failed":0}""");
        batch["metadata"]!.ToJsonString().ShouldBe("""{"who":"me"}""");
        batch["error_file_id"].ShouldBeNull();
        foreach (string moment in (string[])["created_at", "in_progress_at", "finalizing_at", "completed_at", "expires_at"])
            batch[moment]!.GetValue<long>().ShouldBeGreaterThan(1_700_000_000);
        batch["failed_at"].ShouldBeNull();

        IReadOnlyList<JsonObject> answers = (await server.ContentAsync(batch.Text("output_file_id"), ct)).Lines();
        answers.Select(line => line.Text("custom_id")).ShouldBe(["r-001", "r-002", "r-003"], ignoreOrder: true);
        JsonObject first = answers.Single(line => line.Text("custom_id") == "r-001");
        first["error"].ShouldBeNull();
        first["response"]!["status_code"]!.GetValue<int>().ShouldBe(200);
        first["response"]!["body"]!["choices"]![0]!["message"]!.Text("content").ShouldBe("5 words; most frequent: number; first sentence: Passage number 1.");
    }

    [Test]
    public async Task A_malformed_line_makes_the_batch_fail_and_is_named(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        JsonObject created = await server.CreateBatchAsync(Some.Lines(1) + "{oops\n", ct);
        (JsonObject batch, _) = await server.UntilAsync(created.Text("id"), "failed", ct);

        LoggedRun.Read(server.LogFile).States.Single().Value.ShouldBe(["validating", "failed"]);
        batch["output_file_id"].ShouldBeNull();
        batch["failed_at"].ShouldNotBeNull();
        JsonNode error = batch["errors"]!["data"]!.AsArray().Single()!;
        error.Text("code").ShouldBe("invalid_json_line");
        error["line"]!.GetValue<int>().ShouldBe(2);
    }

    [Test]
    public async Task An_expired_batch_has_a_part_of_its_output_and_says_what_is_missing(CancellationToken ct)
    {
        string content = Some.Lines(40);
        string seed = SeedFor(content, BatchEnd.Expired);
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--seed", seed, "--trouble", "1");

        JsonObject created = await server.CreateBatchAsync(content, ct);
        (JsonObject batch, _) = await server.UntilAsync(created.Text("id"), "expired", ct);
        IReadOnlyList<JsonObject> answers = (await server.ContentAsync(batch.Text("output_file_id"), ct)).Lines();
        IReadOnlyList<JsonObject> errors = (await server.ContentAsync(batch.Text("error_file_id"), ct)).Lines();

        batch["expired_at"].ShouldNotBeNull();
        batch["completed_at"].ShouldBeNull();
        answers.Count.ShouldBeInRange(1, 39);
        (answers.Count + errors.Count).ShouldBe(40);
        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(answers.Count);
        errors.Count(line => (string?)line["error"]?["code"] == "batch_expired").ShouldBeInRange(8, 28); // 20 to 70 %
    }

    [Test]
    public async Task A_batch_can_be_canceled_and_ends_as_cancelled(CancellationToken ct)
    {
        // Slow enough that it still runs when it is canceled.
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0", "--speed", "0.2");
        JsonObject created = await server.CreateBatchAsync(Some.Lines(5), ct);
        string cancel = $"batches/{created.Text("id")}/cancel";

        (int status, JsonObject canceling) = await server.SendAsync(HttpMethod.Post, cancel, null, ct);
        (JsonObject batch, _) = await server.UntilAsync(created.Text("id"), "cancelled", ct);
        (int again, _) = await server.SendAsync(HttpMethod.Post, cancel, null, ct);

        status.ShouldBe(200);
        canceling.Text("status").ShouldBe("cancelling");
        batch["cancelled_at"].ShouldNotBeNull();
        (await server.ContentAsync(batch.Text("error_file_id"), ct)).Lines().ShouldAllBe(line => (string)line["error"]!["code"]! == "batch_cancelled");
        again.ShouldBe(409);
    }

    [Test]
    public async Task Batches_are_listed_newest_first_in_pages(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");
        var ids = new List<string>();
        for (int n = 1; n <= 5; n++)
            ids.Insert(0, (await server.CreateBatchAsync(Some.Lines(n), ct, new JsonObject { ["n"] = $"{n}" })).Text("id"));

        JsonObject first = (await server.GetAsync("batches?limit=2", ct)).Body;
        JsonObject rest = (await server.GetAsync($"batches?limit=100&after={first.Text("last_id")}", ct)).Body;

        first["has_more"]!.GetValue<bool>().ShouldBeTrue();
        rest["has_more"]!.GetValue<bool>().ShouldBeFalse();
        first["data"]!.AsArray().Concat(rest["data"]!.AsArray()).Select(batch => batch!.Text("id")).ShouldBe(ids);
        first["data"]![0]!["metadata"]!.Text("n").ShouldBe("5");
        (await server.GetAsync("batches?limit=0", ct)).Status.ShouldBe(400);
    }

    [TestCase("input_file_id", null, 400)]
    [TestCase("input_file_id", "file-unknown", 404)]
    [TestCase("endpoint", "/v1/images", 400)]
    [TestCase("completion_window", "1h", 400)]
    public async Task A_wrong_batch_is_refused(string member, string? value, int expected, CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");
        (_, JsonObject file) = await server.UploadAsync(Some.Lines(1), ct);
        JsonObject body = ServerUnderTest.BatchOf(file.Text("id"));
        body[member] = value;

        (int status, JsonObject answer) = await server.SendAsync(HttpMethod.Post, "batches", body, ct);

        status.ShouldBe(expected);
        answer["error"]!.Text("param").ShouldBe(member);
        LoggedRun.Read(server.LogFile).Created.ShouldBeEmpty();
    }

    // What becomes of a content is in the seed, so a seed can be looked for that does what the test needs.
    private static string SeedFor(string content, BatchEnd end)
    {
        string fingerprint = FileStore.FingerprintOf(Encoding.UTF8.GetBytes(content));
        return Enumerable.Range(1, 10_000).First(seed =>
        {
            BatchPlan plan = BatchPlan.For(new Seeded(seed), 0, fingerprint, new ServerOptions());
            return plan.End == end && !plan.IsSlow;
        }).ToString(CultureInfo.InvariantCulture);
    }
}
