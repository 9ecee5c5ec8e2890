using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>A worker that waits for room is told apart from one that has nothing to do, wherever the room is missing, until it goes on.</summary>
public sealed class WorkersThatWaitForRoom
{
    private readonly Gate<int> _gate = new();

    [TestCase(false)]
    [TestCase(true)]
    public async Task In_the_next_stage(bool withOnSuccess)
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 2, s =>
            {
                s.QueueCapacity = StageOptions.Unbounded;
                s.OnSuccess = withOnSuccess ? (_, _) => default : null;
            })
            .Then("B", PassAsync, workers: 1, s => s.QueueCapacity = 1)
            .Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 6));
        await _gate.WhenArrivedAsync(1);

        await WhenWaitingAsync(run, 2);
        run.GetSnapshot().Workers.Where(worker => worker.Stage == "A").ShouldAllBe(worker => worker.IsWaitingForRoom && !worker.IsBusy && worker.ItemId == null);
        await GoOnAsync(run);
    }

    [Test]
    public async Task For_the_reader_of_the_results()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build().Start(new RunOptions { CollectResults = false, ResultCapacity = 1 });
        run.BeginReading();
        IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        await run.FeedAsync(Enumerable.Range(0, 6));

        await WhenWaitingAsync(run, 2);
        while (run.GetSnapshot().Succeeded + run.GetSnapshot().Blocked < 6 || run.GetSnapshot().Stages[0].BlockedWorkers > 0)
            (await reader.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        run.GetSnapshot().Workers.ShouldAllBe(worker => !worker.IsWaitingForRoom);
        await reader.DisposeAsync();
    }

    [Test]
    public async Task For_the_reader_with_a_failed_item()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x > 0 ? throw new ArgumentException("no") : x, workers: 1).Build()
            .Start(new RunOptions { CollectResults = false, ResultCapacity = 1 });
        run.BeginReading();
        IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        await run.FeedAsync(Enumerable.Range(0, 3));

        await WhenWaitingAsync(run, 1);
        await reader.DisposeAsync();
    }

    [Test]
    public async Task With_a_value_on_its_way_to_the_store()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", PassAsync, workers: 1, s => s.QueueCapacity = 1)
            .IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore()).Build().Start(new RunOptions { RunId = "r" });
        // Each is through the store before the next one: the worker asks for room before its value has come to where it takes it.
        for (int i = 0; i < 3; i++)
        {
            await run.FeedOneAsync(i);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1] is var stage && stage.Queued + stage.InProgress == i + 1);
        }

        await _gate.WhenArrivedAsync(1);
        await run.FeedOneAsync(3);

        await WhenWaitingAsync(run, 1);
        await GoOnAsync(run);
    }

    [Test]
    public async Task Not_a_worker_that_was_released_by_the_end_of_the_run()
    {
        PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", PassAsync, workers: 1, s => s.QueueCapacity = 1)
            .Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 6));
        await _gate.WhenArrivedAsync(1);
        await WhenWaitingAsync(run, 1);
        await run.DisposeAsync();

        (await run.Completion).Snapshot.Workers.ShouldAllBe(worker => !worker.IsWaitingForRoom);
    }

    private static Task WhenWaitingAsync(PipelineRun<int, int> run, int workers) => Waiting.UntilAsync(() =>
    {
        PipelineSnapshot now = run.GetSnapshot();
        int waiting = now.Workers.Count(worker => worker.IsWaitingForRoom);
        waiting.ShouldBe(now.Stages.Sum(stage => stage.BlockedWorkers));
        return waiting == workers;
    });

    private async Task GoOnAsync(PipelineRun<int, int> run)
    {
        _gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).Snapshot.Workers.ShouldAllBe(worker => !worker.IsWaitingForRoom);
    }

    private async Task<int> PassAsync(int x, CancellationToken token)
    {
        await _gate.PassAsync(x, token);
        return x;
    }
}
