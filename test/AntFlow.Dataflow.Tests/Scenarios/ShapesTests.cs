using System.Runtime.CompilerServices;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>The ends of what a pipeline can be.</summary>
public sealed class ShapesTests
{
    [Test]
    public async Task Sixty_four_stages_run()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("S0", x => x + 1, workers: 2);
        for (int i = 1; i < 64; i++)
            builder = builder.Then($"S{i}", x => x + 1, workers: 2);
        PipelineReport<int> report = await builder.RunAsync(Enumerable.Range(0, 1000)).InTime();

        report.Results.Select(r => r.Value).ShouldBe(Enumerable.Range(64, 1000));
        report.Snapshot.Stages.ShouldAllBe(s => s.Completed == 1000);
    }

    [Test]
    public async Task One_worker_and_room_for_one_item_is_enough()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = 1)
            .Then("B", async (int x) =>
            {
                await Task.Yield();
                return x;
            }, workers: 1, s => s.QueueCapacity = 1)
            .Then("C", x => x, workers: 1, s => s.QueueCapacity = 1)
            .Build();
        List<PipelineResult<int>> read = await pipeline.StreamAsync(Enumerable.Range(0, 3000), new RunOptions { ResultCapacity = 1 }).ToListAsync().InTime();

        read.Select(r => r.Value).ShouldBe(Enumerable.Range(0, 3000));
    }

    [Test]
    public async Task Ten_thousand_workers_sleep_at_once()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int asleep = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            Interlocked.Increment(ref asleep);
            await gate.Task;
            return x;
        }, workers: 10_000).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 10_000));
        await Waiting.UntilAsync(() => Volatile.Read(ref asleep) == 10_000);
        gate.SetResult();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(10_000);
    }

    [Test]
    public async Task No_item_and_one_item_are_enough([Values(0, 1)] int count)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 3).Then("B", x => x).Build();

        (await pipeline.RunAsync(Enumerable.Range(0, count)).InTime()).Results.Count.ShouldBe(count);
        (await pipeline.RunAsync(Enumerable.Range(0, count).ToAsyncEnumerable()).InTime()).Results.Count.ShouldBe(count);
        (await pipeline.StreamAsync(Enumerable.Range(0, count)).ToListAsync().InTime()).Count.ShouldBe(count);
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, count));
        run.Complete();
        (await run.Completion.InTime()).Snapshot.Fed.ShouldBe(count);
    }

    [Test]
    [NonParallelizable]
    public async Task A_million_items_stream_through_in_flat_memory()
    {
        const long Bound = 16L << 20;
        Pipeline<int, long> pipeline = PipelineBuilder.Stage<int, long>("A", x => (long)x, workers: 4).Then("B", x => x + 1, workers: 4).Build();
        long atBegin = 0;
        long most = 0;
        int read = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(Enumerable.Range(0, 1_000_000)))
        {
            result.IsSuccess.ShouldBeTrue();
            read++;
            if (read == 100_000)
                atBegin = GC.GetTotalMemory(forceFullCollection: true);
            else if (read % 300_000 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        }

        read.ShouldBe(1_000_000);
        (most - atBegin).ShouldBeLessThan(Bound);
    }

    [Test]
    [NonParallelizable]
    public async Task A_run_that_is_over_is_kept_in_memory_by_nobody()
    {
        var time = new SteppedTime();
        WeakReference run = await RunAndForgetAsync(time);
        await Waiting.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !run.IsAlive;
        });
        time.PendingTimerCount.ShouldBe(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> RunAndForgetAsync(SteppedTime time)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", int (int x) => throw new TimeoutException(), workers: 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromDays(20));
            s.AttemptTimeout = TimeSpan.FromDays(10);
        }).WithTimeProvider(time).Build();
        PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        await run.DisposeAsync();
        return new WeakReference(run.Core);
    }
}
