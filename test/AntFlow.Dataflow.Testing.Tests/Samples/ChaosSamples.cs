using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class ChaosSamples
{
    [Test]
    public async Task A_pipeline_gets_through_a_store_that_fails_by_a_seed()
    {
        // sample: chaos
        var time = new SteppedTime();
        await using var store = new ChaosStore(
            new InMemoryCheckpointStore(),
            new ChaosStoreOptions { Seed = 42, RefusedWriteRate = 0.3, LostResponseRate = 0.3, SlowCallRate = 0.1, TimeProvider = time });
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Double", number => 2 * number, workers: 4)
            .IdentifyBy(number => number)
            .WithTimeProvider(time)
            .WithCheckpoints(store)
            .Build();

        PipelineReport<int> report = await time.DriveAsync(pipeline.RunAsync(Enumerable.Range(0, 100), new RunOptions { RunId = "nightly" }));

        report.SucceededCount.ShouldBe(100);
        // end
    }

    [Test]
    public async Task A_hook_decides_what_fails()
    {
        // sample: chaos-hooks
        var time = new SteppedTime();
        await using var store = new ChaosStore(new InMemoryCheckpointStore())
        {
            Before = call => call.Method == nameof(ICheckpointRun.WriteAsync) && call.Number == 2 ? throw new IOException("no disk") : Task.CompletedTask,
        };
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Double", number => 2 * number, workers: 4)
            .IdentifyBy(number => number)
            .WithTimeProvider(time)
            .WithCheckpoints(store)
            .Build();

        PipelineReport<int> report = await time.DriveAsync(pipeline.RunAsync([1, 2, 3], new RunOptions { RunId = "nightly" }));

        report.SucceededCount.ShouldBe(3);
        store.CallCountOf(nameof(ICheckpointRun.WriteAsync)).ShouldBe(store.WrittenCount + 1);
        // end
    }

    [Test]
    public async Task Writes_are_held_and_a_run_is_lost()
    {
        // sample: chaos-by-hand
        await using var store = new ChaosStore(new InMemoryCheckpointStore());
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("Double", number => 2 * number, workers: 4)
            .IdentifyBy(number => number)
            .WithCheckpoints(store)
            .Build()
            .Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);

        store.HoldWrites();
        await run.FeedAsync([1, 2, 3]);
        await store.WhenWritesHeldAsync();
        run.GetSnapshot().Succeeded.ShouldBe(0);    // nothing has ended that is not durable

        await store.LoseRunsAsync();                // as if another process had the run
        store.ReleaseWrites();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Fault.ShouldBeOfType<LeaseLostException>();
        // end
    }
}
