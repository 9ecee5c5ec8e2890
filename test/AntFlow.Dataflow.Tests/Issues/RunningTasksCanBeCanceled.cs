using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class A_running_task_can_be_canceled
{
    [Test]
    public async Task The_token_of_RunAsync_reaches_it()
    {
        using var source = new CancellationTokenSource();
        var gate = new Gate<int>();
        Task<PipelineReport<int>> running = Pipeline.RunAsync(
            [1, 2],
            async (int x, CancellationToken ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            },
            workers: 2,
            cancellationToken: source.Token);
        await gate.WhenArrivedAsync(2);
        await source.CancelAsync();

        PipelineCanceledException<int> canceled = await running.CatchAsync<PipelineCanceledException<int>>();

        canceled.Report.CanceledCount.ShouldBe(2);
        canceled.Report.Results.ShouldAllBe(r => r.Error is OperationCanceledException);
        canceled.CancellationToken.ShouldBe(source.Token);
    }

    [Test]
    public async Task It_reaches_a_task_that_takes_a_context()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext context) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return x;
        }).Build();
        PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(1);
        await began.Task.InTime();

        await run.DisposeAsync().AsTask().InTime();

        (await run.Completion).Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
    }
}
