using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Stopping_throws_no_item_away
{
    [Test]
    public async Task Every_waiting_item_has_a_result_that_says_Canceled()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            }, workers: 2, s => s.QueueCapacity = StageOptions.Unbounded)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 30));
        await gate.WhenArrivedAsync(2);

        Task<PipelineReport<int>> stopping = run.StopAsync();
        gate.OpenForAll();
        PipelineReport<int> report = await stopping.InTime();

        report.Results.Count.ShouldBe(30);
        report.Results.Count(r => r.IsSuccess).ShouldBe(2);
        report.Results.Where(r => !r.IsSuccess).ShouldAllBe(r => r.Status == ResultStatus.Canceled && r.Error != null && r.Attempts == 0);
        report.Results[29].StageInput.ShouldBe(29);
    }

    [Test]
    public async Task Disposing_does_not_either()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            }, workers: 2, s => s.QueueCapacity = StageOptions.Unbounded)
            .Build();
        PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 30));
        await gate.WhenArrivedAsync(2);

        await run.DisposeAsync().AsTask().InTime();

        (await run.Completion.InTime()).Results.Count(r => r.Status == ResultStatus.Canceled).ShouldBe(30);
    }
}
