using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class RequestFileTests
{
    [Test]
    public void Lines_are_kept_as_they_are_and_blank_ones_are_skipped()
    {
        IReadOnlyList<BatchRequest> requests = RequestFile.Read("in.jsonl", [Some.Line("a"), "", "  ", Some.Line("b")]);

        requests.Select(request => request.CustomId).ShouldBe(["a", "b"]);
        requests[0].Line.ShouldBe(Some.Line("a"));
    }

    [Test]
    public void A_malformed_line_is_named_with_its_number() =>
        Refused(Some.Line("a"), "{\"custom_id\": ").ShouldStartWith("in.jsonl line 2: not valid JSON (at character ");

    [Test]
    public void A_duplicate_id_is_named_with_both_lines() =>
        Refused(Some.Line("a"), Some.Line("b"), Some.Line("a"))
            .ShouldBe("in.jsonl line 3: custom_id 'a' was used in line 1 already; each must be there once.");

    [TestCase("[]", "a JSON Array, it must be an object")]
    [TestCase("""{"method":"POST"}""", "custom_id is missing")]
    [TestCase("""{"custom_id":"a","method":"GET"}""", "method must be \"POST\"")]
    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/images"}""", "url must be \"/v1/chat/completions\"")]
    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":3}""", "body must be an object")]
    public void What_a_request_lacks_is_said(string line, string expected) => Refused(line).ShouldContain(expected);

    [Test]
    public void Many_wrong_lines_are_told_in_short()
    {
        string message = Refused([.. Enumerable.Repeat("?", 12)]);

        message.ShouldContain("line 5:");
        message.ShouldNotContain("line 6:");
        message.ShouldEndWith("... and 7 more.");
    }

    [Test]
    public void A_file_that_cannot_be_read_is_refused() =>
        Should.Throw<UsageException>(() => RequestFile.Read(Path.GetTempPath())).Message.ShouldContain("it cannot be read: ");

    [Test]
    public void A_file_without_requests_is_refused() => Refused("").ShouldStartWith("in.jsonl holds no requests");

    [Test]
    public void Batches_have_every_request_once_in_order_and_the_last_one_the_rest()
    {
        BatchRequest[] requests = [.. Enumerable.Range(0, 7).Select(n => new BatchRequest($"r{n}", Some.Line($"r{n}")))];

        IReadOnlyList<RequestBatch> batches = RequestBatch.Cut(requests, 3);

        batches.Select(batch => batch.Requests.Count).ShouldBe([3, 3, 1]);
        batches.SelectMany(batch => batch.Requests).ShouldBe(requests);
        batches.Select(batch => batch.Index).ShouldBe([0, 3, 6]);
        System.Text.Encoding.UTF8.GetString(batches[2].Content.Span).ShouldBe(Some.Line("r6") + "\n");
    }

    [Test]
    public void The_name_of_a_batch_tells_its_content()
    {
        Some.Batch("a", "b").Name.ShouldBe(Some.Batch("a", "b").Name);
        Some.Batch("a", "b").Name.ShouldNotBe(Some.Batch("a", "c").Name);
        Some.Batch("a").Name.ShouldStartWith("001-");
    }

    private static string Refused(params string[] lines) => Should.Throw<UsageException>(() => RequestFile.Read("in.jsonl", lines)).Message;
}
