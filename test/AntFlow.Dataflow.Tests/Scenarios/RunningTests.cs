using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

public sealed class RunningTests
{
    [Test]
    public async Task I_get_a_result_for_every_item_in_input_order()
    {
        PipelineReport<int> report = await Pipeline.RunAsync(Enumerable.Range(0, 1000), x => x * 2, workers: 5);

        report.Results.Select(r => r.Value).ShouldBe(Enumerable.Range(0, 1000).Select(x => x * 2));
        report.SucceededCount.ShouldBe(1000);
        report.Snapshot.Fed.ShouldBe(1000);
    }

    [Test]
    public async Task Three_async_stages_run()
    {
        Pipeline<int, string> pipeline = PipelineBuilder
            .Stage<int, int>("A", async (x, ct) =>
            {
                await Task.Yield();
                return x + 1;
            }, workers: 8)
            .Then("B", x => (long)x * 2, workers: 8)
            .Then("C", async x =>
            {
                await Task.Yield();
                return $"{x}";
            }, workers: 8)
            .Build();

        PipelineReport<string> report = await pipeline.RunAsync(Enumerable.Range(0, 10_000));

        report.Results.Count.ShouldBe(10_000);
        report.Results[7].Value.ShouldBe("16");
        report.Snapshot.Stages.ShouldAllBe(s => s.Completed == 10_000 && s.InProgress == 0 && s.Queued == 0);
    }

    [Test]
    public async Task A_failed_item_is_in_the_results()
    {
        PipelineReport<int> report = await Pipeline.RunAsync(
            Enumerable.Range(0, 10), (int x) => x == 3 ? throw new TimeoutException("no") : x, workers: 2, retry: RetryPolicy.None);

        report.Results[3].Status.ShouldBe(ResultStatus.Failed);
        report.Results[3].Error.ShouldBeOfType<TimeoutException>();
        report.Results[3].StageInput.ShouldBe(3);
        report.FailedCount.ShouldBe(1);
    }

    [Test]
    public async Task I_can_stream_and_leave_early()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 4).Build();
        int read = 0;
        await foreach (PipelineResult<int> result in pipeline.StreamAsync(Enumerable.Range(0, 100_000)))
        {
            if (++read == 10)
                break;
        }

        read.ShouldBe(10);
    }

    [Test]
    public async Task I_can_stream_in_order()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async x =>
        {
            if (x % 7 == 0)
                await Task.Yield();
            return x;
        }, workers: 8).Build();
        List<int> read = [];
        await foreach (PipelineResult<int> result in pipeline.StreamAsync(Enumerable.Range(0, 10_000), new RunOptions { OrderResults = true }))
            read.Add(result.Value);

        read.ShouldBe(Enumerable.Range(0, 10_000));
    }

    [Test]
    public async Task I_can_stop_and_every_item_is_accounted_for()
    {
        var gate = new TaskCompletionSource();
        using var started = new SemaphoreSlim(0);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            started.Release();
            await gate.Task;
            return x;
        }, workers: 2, s => s.QueueCapacity = StageOptions.Unbounded).Then("B", x => x).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        (await run.FeedAsync(Enumerable.Range(0, 20))).ShouldBe(20);
        await started.WaitAsync();
        await started.WaitAsync();
        Task<PipelineReport<int>> stopping = run.StopAsync();
        gate.SetResult();
        PipelineReport<int> report = await stopping;

        report.Results.Count.ShouldBe(20);
        report.CanceledCount.ShouldBe(20);
        report.Snapshot.Stages[1].Canceled.ShouldBe(2);
    }
}
