using System.Collections.Concurrent;
using System.Diagnostics;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>Stalls that take as long as those of real servers, with default options: to be run by hand.</summary>
[Explicit("Takes as many minutes as it says.")]
public sealed class RealMinutes : OwnServerTests
{
    private const int Items = 400;

    [TestCase(17)]
    [TestCase(40)]
    [TestCase(240)]
    public async Task A_stall_of_so_many_seconds_ends_nothing_and_has_nothing_paid_twice(int seconds)
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString);
        var paid = new ConcurrentDictionary<int, int>();
        var runs = new ConcurrentDictionary<int, int>();
        int canceled = 0;
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Pay", (item, context) => context.OnceAsync("pay", async token =>
            {
                paid.AddOrUpdate(item, 1, (_, times) => times + 1);
                await Task.Delay(TimeSpan.FromSeconds(item % 50 == 0 ? 50 : 1.5), TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (token.IsCancellationRequested)
                    Interlocked.Increment(ref canceled);
                return item;
            }), workers: 16)
            .Then("Work", async (item, token) =>
            {
                runs.AddOrUpdate(item, 1, (_, times) => times + 1);
                await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, token);
                return item;
            }, workers: 16)
            .IdentifyBy(item => item)
            .WithCheckpoints(store.Store)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "run" });
        await run.FeedAsync(Enumerable.Range(0, Items));
        run.Complete();
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(9.5), TimeProvider.System);
        long before = run.GetSnapshot().Succeeded;
        await Server.StallAsync();
        TimeSpan stalledAt = watch.Elapsed;
        TimeSpan? seenAt = null;
        string? error = null;
        while (watch.Elapsed < stalledAt + TimeSpan.FromSeconds(seconds))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            PipelineSnapshot now = run.GetSnapshot();
            if (seenAt is null && now.StoreFailingSince is not null)
                (seenAt, error) = (watch.Elapsed - stalledAt, now.StoreError);
        }

        long during = run.GetSnapshot().Succeeded;
        await Server.GoOnAsync();
        TimeSpan wentOn = watch.Elapsed;
        while (run.GetSnapshot().Succeeded <= during + 16 && !run.Completion.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        TimeSpan again = watch.Elapsed - wentOn;
        PipelineReport<int> report = await run.Completion.WaitAsync(TimeSpan.FromMinutes(10), TimeProvider.System);
        TestContext.Progress.WriteLine(
            $"stall {seconds} s: {report.SucceededCount} of {Items} succeeded, {report.FailedCount} failed, {report.CanceledCount} canceled; fault: {report.Fault?.Message ?? "none"}; "
            + $"done before the stall {before}, at its end {during}; trouble seen after {seenAt} ({error}); 16 more done {again} after its end; "
            + $"paid {paid.Values.Sum()} times for {paid.Count} items; tokens canceled {canceled}; second stage run {runs.Values.Sum()} times; {watch.Elapsed} in all");

        report.Fault.ShouldBeNull();
        report.SucceededCount.ShouldBe(Items);
        paid.Values.ShouldAllBe(times => times == 1);
        canceled.ShouldBe(0);
    }
}
