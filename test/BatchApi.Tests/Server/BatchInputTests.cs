using System.Text;
using BatchApi.Server;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class BatchInputTests
{
    [Test]
    public void Every_wrong_line_is_told_with_its_number()
    {
        BatchInput input = Read($"{Some.Line("a")}\n{{\n\n{Some.Line("a")}\n[1]\n{{\"custom_id\":\"b\",\"method\":\"GET\"}}\n");

        input.Requests.Select(request => request.CustomId).ShouldBe(["a"]);
        input.Errors.Select(error => (error.Code, error.Line)).ShouldBe(
            [("invalid_json_line", 2), ("duplicate_custom_id", 4), ("invalid_json_line", 5), ("invalid_method", 6)]);
    }

    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/other"}""", "mismatched_endpoint")]
    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions"}""", "missing_required_parameter")]
    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}""", "missing_required_parameter")]
    [TestCase("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[]}}""", "missing_required_parameter")]
    [TestCase("", "empty_file")]
    public void What_a_file_lacks_is_said(string content, string code) => Read(content).Errors.Single().Code.ShouldBe(code);

    [Test]
    public void The_answer_is_read_from_the_passage()
    {
        Answer.To("My dear Mr. Bennet, said his lady. My dear lady, a lady of Meryton! Is it?")
            .ShouldBe("16 words; most frequent: bennet; first sentence: My dear Mr. Bennet, said his lady.");
        Answer.To("Oh no").ShouldBe("2 words; most frequent: none; first sentence: Oh no");
        Answer.To("Jane spoke; Jane's mother listened, and spoke. So?").ShouldContain("most frequent: spoke;");
    }

    private static BatchInput Read(string content) => BatchInput.Read(Encoding.UTF8.GetBytes(content), "/v1/chat/completions");
}
