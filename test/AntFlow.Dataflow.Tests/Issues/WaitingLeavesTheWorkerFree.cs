using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Waiting_for_the_next_attempt_leaves_the_worker_free
{
    [Test]
    public async Task Another_item_runs_to_its_end_meanwhile()
    {
        var time = new SteppedTime();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithContext<int, int>("A", (x, context) =>
            {
                if (x == 1 && context.Attempt == 1)
                    throw new TimeoutException("again");
                if (x == 2)
                    second.TrySetResult();
                return x;
            }, workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)))
            .WithTimeProvider(time)
            .Build();
        Task<PipelineReport<int>> running = pipeline.RunAsync([1, 2]);

        await second.Task.InTime();
        time.GetUtcNow().ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        PipelineReport<int> report = await time.DriveAsync(running);

        report.Results.Select(r => r.Attempts).ShouldBe([2, 1]);
    }

    [Test]
    public async Task The_worker_is_not_busy_and_the_item_counts_as_Retrying()
    {
        var time = new SteppedTime();
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithContext<int, int>("A", (x, context) => context.Attempt == 1 ? throw new TimeoutException("again") : x, workers: 1,
                s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)))
            .WithTimeProvider(time)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(1);
        await time.WhenPendingAsync(1);
        await Waiting.UntilAsync(() => !run.GetSnapshot().Workers[0].IsBusy);
        PipelineSnapshot now = run.GetSnapshot();

        now.Retrying.ShouldBe(1);
        now.InProgress.ShouldBe(0);
        now.Workers[0].ItemId.ShouldBeNull();
    }
}
