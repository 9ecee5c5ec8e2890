using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class A_stream_ends_though_items_fail
{
    [Test]
    public async Task And_gives_the_failed_ones_too()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x % 2 == 0 ? throw new InvalidOperationException("even") : x, workers: 3, s => s.Retry = RetryPolicy.None)
            .Then("B", x => x, workers: 2)
            .Build();

        List<PipelineResult<int>> results = await pipeline.StreamAsync(Enumerable.Range(0, 50)).ToListAsync().InTime();

        results.Count.ShouldBe(50);
        results.Count(r => r.Status == ResultStatus.Failed).ShouldBe(25);
    }

    [Test]
    public async Task And_when_every_item_fails()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", (int _) => throw new InvalidOperationException("no"), workers: 3, s => s.Retry = RetryPolicy.None)
            .Build();

        List<PipelineResult<int>> results = await pipeline.StreamAsync(Enumerable.Range(0, 20)).ToListAsync().InTime();

        results.Count.ShouldBe(20);
        results.ShouldAllBe(r => r.Error is InvalidOperationException);
    }
}
