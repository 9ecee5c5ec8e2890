using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class A_stage_that_returns_null_does_not_lose_the_item
{
    [TestCase(RetryScope.Task)]
    [TestCase(RetryScope.Stage)]
    public async Task Null_is_a_value_like_any_other(RetryScope scope)
    {
        List<string?> seen = [];
        Pipeline<int, string?> pipeline = PipelineBuilder
            .Stage<int, string?>("A", x => (string?)null, workers: 1, s => s.RetryScope = scope)
            .Then("B", x =>
            {
                seen.Add(x);
                return x;
            })
            .Build();

        PipelineReport<string?> report = await pipeline.RunAsync([1, 2, 3]).InTime();

        report.SucceededCount.ShouldBe(3);
        report.Results.ShouldAllBe(r => r.IsSuccess && r.Value == null && r.Attempts == 1);
        seen.ShouldBe([null, null, null]);
    }
}
