using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Retrying_a_whole_stage_needs_no_room_in_its_queue
{
    [Test]
    public async Task It_cannot_deadlock_however_full_the_queue_is()
    {
        var time = new SteppedTime();
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithContext<int, int>("A", (x, context) => context.Attempt < 3 ? throw new TimeoutException("again") : x, workers: 2, s =>
            {
                s.QueueCapacity = 1;
                s.RetryScope = RetryScope.Stage;
                s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1));
            })
            .WithTimeProvider(time)
            .Build();

        PipelineReport<int> report = await time.DriveAsync(pipeline.RunAsync(Enumerable.Range(0, 40)));

        report.SucceededCount.ShouldBe(40);
        report.Results.ShouldAllBe(r => r.Attempts == 3);
    }

    [Test]
    public async Task It_waits_as_its_policy_says()
    {
        var time = new SteppedTime();
        List<TimeSpan> starts = [];
        DateTimeOffset begin = time.GetUtcNow();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x =>
            {
                starts.Add(time.GetUtcNow() - begin);
                return starts.Count < 3 ? throw new TimeoutException("again") : x;
            }, workers: 1, s =>
            {
                s.RetryScope = RetryScope.Stage;
                s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(7));
            })
            .WithTimeProvider(time)
            .Build();

        await time.DriveAsync(pipeline.RunAsync([1]));

        starts.Select(s => s.TotalSeconds).ShouldBe([0, 7, 14], tolerance: 0.001);
    }

    [Test]
    public async Task At_the_end_of_its_attempts_OnFailure_and_the_workers_numbers_know()
    {
        var time = new SteppedTime();
        List<ItemFailed<int>> told = [];
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", (int _) => throw new TimeoutException("no"), workers: 1, s =>
            {
                s.RetryScope = RetryScope.Stage;
                s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1));
                s.OnFailure = (e, _) =>
                {
                    told.Add(e);
                    return ValueTask.CompletedTask;
                };
            })
            .WithTimeProvider(time)
            .Build();

        PipelineReport<int> report = await time.DriveAsync(pipeline.RunAsync([7]));

        ItemFailed<int> failed = told.ShouldHaveSingleItem();
        failed.Input.ShouldBe(7);
        failed.Attempts.ShouldBe(3);
        failed.Error.ShouldBeOfType<TimeoutException>();
        report.Snapshot.Workers.ShouldHaveSingleItem().Failed.ShouldBe(1);
        report.Snapshot.Stages[0].Failed.ShouldBe(1);
    }
}
