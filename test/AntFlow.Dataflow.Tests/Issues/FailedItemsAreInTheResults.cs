using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class A_failed_item_is_not_missing_from_the_results
{
    [Test]
    public async Task It_stands_at_its_place_with_its_error()
    {
        PipelineReport<int> report = await Pipeline.RunAsync(
            Enumerable.Range(0, 10), (int x) => x is 2 or 7 ? throw new TimeoutException($"no {x}") : x * 10, workers: 4, retry: RetryPolicy.None);

        report.Results.Select(r => r.Sequence).ShouldBe(Enumerable.Range(0, 10).Select(i => (long)i));
        report.Results[2].Error.ShouldBeOfType<TimeoutException>().Message.ShouldBe("no 2");
        report.Results[7].Error.ShouldBeOfType<TimeoutException>().Message.ShouldBe("no 7");
        report.Results.Where(r => r.IsSuccess).Select(r => r.Value).ShouldBe([0, 10, 30, 40, 50, 60, 80, 90]);
    }
}
