using System.Collections.Concurrent;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>Bodies that block their thread must not keep it to themselves, and what they leave behind on it must not be found by others.</summary>
public sealed class FairnessTests
{
    private static readonly AsyncLocal<string?> _local = new();

    [Test]
    public async Task A_worker_whose_bodies_never_suspend_lets_others_have_its_thread_and_keeps_its_name()
    {
        var seen = new List<(int? Task, string Worker)>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", (x, context) =>
        {
            // Code that runs in a loop's first stretch runs in the task of the block; after a yield it runs in none.
            seen.Add((Task.CurrentId, context.Worker));
            Spin(milliseconds: 40);
            return x;
        }).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        run.Pause();
        await run.FeedAsync([0, 1, 2]);
        run.Resume();
        run.Complete();
        await run.Completion.InTime();

        seen[0].Task.ShouldNotBeNull();
        seen.Skip(1).ShouldAllBe(s => s.Task == null);
        seen.ShouldAllBe(s => s.Worker == "A-W0");
    }

    [Test]
    public async Task Fifty_workers_with_blocking_bodies_do_not_starve_another_pipeline()
    {
        bool isOver = false;
        var workers = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Pipeline<int, int> blocking = PipelineBuilder.StageWithContext<int, int>("A", (x, context) =>
        {
            workers.TryAdd(context.Worker, true);
            Spin(milliseconds: 5);
            return x;
        }, workers: 50).Build();
        await using PipelineRun<int, int> hog = blocking.Start(new RunOptions { CollectResults = false });
        Task<long> feeding = Task.Run(() => hog.FeedAsync(Enumerable.Range(0, int.MaxValue).TakeWhile(_ => !Volatile.Read(ref isOver))));
        await Waiting.UntilAsync(() => workers.Count == 50);

        Pipeline<int, int> other = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Then("B", async (int x) =>
        {
            await Task.Yield();
            return x;
        }, workers: 2).Build();
        PipelineReport<int> report = await other.RunAsync(Enumerable.Range(0, 20)).InTime();

        report.SucceededCount.ShouldBe(20);
        feeding.IsCompleted.ShouldBeFalse();
        Volatile.Write(ref isOver, true);
        await feeding.InTime();
        hog.Complete();
        (await hog.Completion.InTime()).SucceededCount.ShouldBe(feeding.GetAwaiter().GetResult());
    }

    [Test]
    public async Task What_user_code_sets_in_AsyncLocals_is_seen_by_no_other_item_and_no_other_attempt()
    {
        var found = new List<string>();
        void Look(string where)
        {
            if (_local.Value is { } value and not "caller")
            {
                lock (found)
                    found.Add($"{where} sees {value}");
            }

            _local.Value = where;
        }

        _local.Value = "caller";
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Sync", x =>
            {
                Look("sync body");
                return x;
            }, workers: 2, s =>
            {
                s.SkipIf = x =>
                {
                    Look("predicate");
                    return false;
                };
                s.OnSuccess = (_, _) =>
                {
                    Look("callback");
                    return default;
                };
            })
            .ThenWithContext("Async", async (x, context) =>
            {
                Look("async body");
                await Task.Yield();
                if (context.Attempt < 3)
                    throw new TimeoutException();
                return x;
            }, workers: 2, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero) with
            {
                ShouldRetry = _ =>
                {
                    Look("policy");
                    return true;
                },
            })
            .Build();
        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, 200)).InTime();
        _local.Value = null;

        report.SucceededCount.ShouldBe(200);
        found.Distinct(StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Test]
    public async Task Bodies_run_on_the_scheduler_of_the_stage_and_the_engine_does_not()
    {
        using var scheduler = new OneThreadScheduler();
        TaskScheduler? ofBody = null;
        Thread? ofCallback = null;
        Thread? ofBodyThread = null;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x =>
        {
            ofBody = TaskScheduler.Current;
            ofBodyThread = Thread.CurrentThread;
            return x;
        }, workers: 3, s =>
        {
            s.Scheduler = scheduler;
            s.OnSuccess = (_, _) =>
            {
                ofCallback = Thread.CurrentThread;
                return default;
            };
        }).Build();
        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, 100)).InTime();

        report.SucceededCount.ShouldBe(100);
        ofBody.ShouldBe(scheduler);
        ofBodyThread.ShouldBe(scheduler.Thread);
        ofCallback.ShouldNotBe(scheduler.Thread);
    }

    private static void Spin(int milliseconds)
    {
        long until = Environment.TickCount64 + milliseconds;
        while (Environment.TickCount64 < until)
            Thread.SpinWait(100);
    }
}
