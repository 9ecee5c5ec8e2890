using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class BatchOutputTests
{
    private const string Good = """{"id":"1","custom_id":"a","response":{"status_code":200,"request_id":"x","body":{"choices":[]}},"error":null}""";
    private const string Refused = """{"id":"2","custom_id":"b","response":{"status_code":400,"body":{"error":{"message":"Too long.","type":"invalid_request_error","code":"context_length_exceeded"}}},"error":null}""";
    private const string Expired = """{"id":"3","custom_id":"c","response":null,"error":{"code":"batch_expired","message":"Time is over."}}""";

    [Test]
    public void Every_request_gets_one_row_in_the_order_of_the_batch()
    {
        RequestBatch batch = Some.Batch("a", "b", "c", "d");

        IReadOnlyList<ResultRow> rows = BatchOutput.Rows(batch, "expired", Good + "\n", Expired + "\n" + Refused);

        rows.Select(row => (row.CustomId, row.Status, row.ErrorCode)).ShouldBe(
        [
            ("a", "succeeded", null),
            ("b", "failed", "context_length_exceeded"),
            ("c", "failed", "batch_expired"),
            ("d", "failed", "no_answer"),
        ]);
        rows.ShouldAllBe(row => row.Batch == batch.Name);
        rows[0].Response.ShouldBe("""{"status_code":200,"request_id":"x","body":{"choices":[]}}""");
        rows[1].Response!.ShouldContain("Too long.");
        rows[1].Error.ShouldBe("context_length_exceeded: Too long.");
        rows[3].Error.ShouldBe("no_answer: the batch ended as expired without an answer to this request");
    }

    [Test]
    public void What_cannot_be_read_costs_only_its_own_request()
    {
        IReadOnlyList<ResultRow> rows = BatchOutput.Rows(Some.Batch("a", "b"), "completed", $"{Good}\n{{\"custom_id\": \n[]\n{{\"custom_id\":7}}", null);

        rows.Select(row => row.IsSuccess).ShouldBe([true, false]);
        rows[1].Error!.ShouldEndWith("3 lines of its files could not be read");
    }

    [Test]
    public void An_answer_of_somebody_else_makes_no_row() => BatchOutput.Rows(Some.Batch("z"), "completed", Good).Single().CustomId.ShouldBe("z");

    [Test]
    public void An_answer_without_words_is_explained()
    {
        const string Bare = """{"custom_id":"a","response":{"status_code":503},"error":null}""";

        BatchOutput.Rows(Some.Batch("a"), "completed", null, Bare).Single().Error.ShouldBe("http_503: no error was given");
        BatchOutput.Rows(Some.Batch("a"), "completed", """{"custom_id":"a"}""").Single().Error!.ShouldStartWith("no_answer: the line has neither");
    }

    [Test]
    public void A_batch_is_read_as_the_api_writes_it()
    {
        BatchState state = BatchState.Parse(BinaryData.FromString("""
            {"id":"batch_1","status":"failed","output_file_id":null,"request_counts":{"total":3,"completed":1,"failed":0},
             "errors":{"object":"list","data":[{"code":"invalid_json_line","message":"Not JSON.","param":null,"line":3}]}}
            """));

        state.ShouldBe(new BatchState("batch_1", "failed", null, null, 1, 3, "invalid_json_line: Not JSON. (line 3)"));
        state.IsFinal.ShouldBeTrue();
    }

    [TestCase("validating", false)]
    [TestCase("in_progress", false)]
    [TestCase("finalizing", false)]
    [TestCase("cancelling", false)]
    [TestCase("cancelled", true)]
    [TestCase("completed", true)]
    [TestCase("expired", true)]
    public void A_batch_is_final_when_it_cannot_change(string status, bool expected) =>
        BatchState.Parse(BinaryData.FromString($$"""{"id":"b","status":"{{status}}"}""")).IsFinal.ShouldBe(expected);
}
