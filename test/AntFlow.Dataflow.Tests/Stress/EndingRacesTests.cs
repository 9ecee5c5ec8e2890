using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Every way to end a run, fired from several threads at once while it is being fed: one end, one report, one result for each item.</summary>
public sealed class EndingRacesTests
{
    private const int Rounds = 200;

    [Test]
    public async Task Complete_stop_cancel_and_dispose_in_any_order_end_a_run_once([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            var logs = new FakeLogCollector();
            PipelineRun<int, int> run = Build(logs).Start(new RunOptions { CollectResults = true, Seed = round });
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<long>[] feeds = [.. Enumerable.Range(0, 3).Select(i => Task.Run(() => FeedAsync(run, 40)))];
            Task[] closing = [.. Enumerable.Range(0, 5).Select(_ => random.Next(8)).Select(async way =>
            {
                await start.Task;
                await CloseAsync(run, way);
            })];
            start.SetResult();
            await Task.WhenAll(closing).InTime();
            await run.DisposeAsync().AsTask().InTime();
            long accepted = (await Task.WhenAll(feeds).InTime()).Sum();
            PipelineReport<int> report = await run.Completion.InTime();

            report.Fault.ShouldBeNull();
            report.Results.Select(r => r.Sequence).ShouldBe(Enumerable.Range(0, (int)accepted).Select(i => (long)i));
            report.Snapshot.Fed.ShouldBe(accepted);
            (report.SucceededCount + report.FailedCount + report.CanceledCount).ShouldBe(accepted);
            EndLines(logs).ShouldBe(1);
        }
    }

    [Test]
    public async Task A_feed_that_raises_what_is_in_flight_from_zero_and_lets_it_fall_again_ends_the_run_once()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var logs = new FakeLogCollector();
            await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).WithLogging(Write(logs)).Build().Start();
            Task<long>[] feeds = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                long placed = 0;
                for (int i = 0; i < 20; i++)
                    placed += run.TryFeedOne(i) ? 1 : 0;
                return placed;
            }))];
            Task completing = Task.Run(run.Complete);
            await completing.InTime();
            long accepted = (await Task.WhenAll(feeds).InTime()).Sum();
            PipelineReport<int> report = await run.Completion.InTime();

            ((long)report.Results.Count).ShouldBe(accepted);
            report.Fault.ShouldBeNull();
            EndLines(logs).ShouldBe(1);
        }
    }

    [Test]
    public async Task A_feed_call_keeps_a_completed_run_open_though_nothing_is_in_flight_and_then_it_ends_once()
    {
        var logs = new FakeLogCollector();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).WithLogging(Write(logs)).Build().Start();
        var completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long> feeding = run.FeedAsync(RaiseAndFallAsync());
        await completed.Task.InTime();
        run.Completion.IsCompleted.ShouldBeFalse();
        EndLines(logs).ShouldBe(0);
        goOn.SetResult();

        (await Should.ThrowAsync<PipelineClosedException>(feeding.InTime())).Accepted.ShouldBe(3);
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        EndLines(logs).ShouldBe(1);

        async IAsyncEnumerable<int> RaiseAndFallAsync()
        {
            for (int i = 0; i < 3; i++)
            {
                yield return i;
                await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == i + 1);
            }

            run.Complete();
            completed.SetResult();
            await goOn.Task;
            yield return 3;
        }
    }

    [Test]
    public async Task Short_runs_end_without_a_fault_whoever_is_being_woken_at_the_end()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 3)
            .Then("B", x => x, workers: 3)
            .Then("C", x => x, workers: 3).Build();
        for (int round = 0; round < 3000; round++)
        {
            PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, 4)).InTime();
            report.Fault.ShouldBeNull();
            report.SucceededCount.ShouldBe(4);
        }
    }

    [Test]
    public async Task A_run_may_be_ended_from_inside([Values] bool of_a_callback)
    {
        for (int round = 0; round < 50; round++)
        {
            PipelineRun<int, int>? run = null;
            Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x =>
            {
                if (x == 3 && !of_a_callback)
                    End();
                return x;
            }, workers: 2, s => s.OnSuccess = (e, _) =>
            {
                if (e.Input == 3 && of_a_callback)
                    End();
                return default;
            }).Then("B", x => x).Build();
            run = pipeline.Start();
            long accepted = await FeedAsync(run, 30).InTime();
            PipelineReport<int> report = await run.Completion.InTime();

            ((long)report.Results.Count).ShouldBe(accepted);
            report.Fault.ShouldBeNull();

            void End()
            {
                run!.Stop();
                run.Complete();
                // Not awaited: inside a task it would wait for itself.
                _ = run.DisposeAsync().AsTask();
            }
        }
    }

    private static LoggerFactory Write(FakeLogCollector logs) => new([new FakeLoggerProvider(logs)]);

    /// <summary>How often the log was told that the run has ended.</summary>
    private static int EndLines(FakeLogCollector logs) => logs.GetSnapshot().Count(line => line.Id.Id == 2);

    private static Pipeline<int, int> Build(FakeLogCollector logs) => PipelineBuilder
        .StageWithTasks<int, int>("A", t => t.Task("one", x => x).Task("two", async (int x) =>
        {
            if (x % 3 == 0)
                await Task.Yield();
            return x;
        }, maxConcurrency: 1), workers: 3, s => s.QueueCapacity = 3)
        .ThenWithContext("B", async (x, context) =>
        {
            if (x % 5 == 0 && context.Attempt == 1)
                throw new TimeoutException();
            await Task.Yield();
            context.CancellationToken.ThrowIfCancellationRequested();
            return x % 11 == 0 ? throw new ArgumentException("no") : x;
        }, workers: 2, s =>
        {
            s.QueueCapacity = 2;
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero);
            s.MaxInFlight = 4;
            s.AttemptTimeout = TimeSpan.FromHours(1);
            s.SkipIf = x => x % 7 == 0;
        })
        .WithLogging(Write(logs))
        .Build();

    private static async Task<long> FeedAsync(PipelineRun<int, int> run, int count)
    {
        try
        {
            return await run.FeedAsync(Enumerable.Range(0, count));
        }
        catch (PipelineClosedException closed)
        {
            return closed.Accepted;
        }
    }

    private static async Task CloseAsync(PipelineRun<int, int> run, int way)
    {
        await Task.Yield();
        switch (way)
        {
            case 0:
                run.Complete();
                break;
            case 1:
                run.Stop(mode: StopMode.AfterItem);
                break;
            case 2:
                run.Stop();
                break;
            case 3:
                await run.StopAsync(gracePeriod: TimeSpan.Zero);
                break;
            case 4:
                await run.DisposeAsync();
                break;
            case 5:
                run.SetWorkers("A", 1);
                run.SetWorkers("B", 5);
                break;
            case 6:
                run.Pause();
                run.Resume();
                break;
            default:
                run.Pause("B");
                run.GetSnapshot();
                break;
        }
    }
}
