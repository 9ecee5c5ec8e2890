using System.Collections.Concurrent;
using System.Diagnostics;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>Stalls that take as long as those of real servers, with default options: to be run by hand.</summary>
[NonParallelizable, Explicit("Takes as many minutes as it says.")]
public sealed class RealMinutes : OwnServerTests
{
    private const int Items = 400;

    private ConcurrentDictionary<int, int> _paid = new();
    private ConcurrentDictionary<int, int> _runs = new();
    private int _canceled;

    [TestCase(17)]
    [TestCase(40)]
    [TestCase(240)]
    public async Task A_stall_of_so_many_seconds_ends_nothing_and_has_nothing_paid_twice(int seconds)
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString);
        (_paid, _runs, _canceled) = (new ConcurrentDictionary<int, int>(), new ConcurrentDictionary<int, int>(), 0);
        await using PipelineRun<int, int> run = Make(store.Store).Start(new RunOptions { RunId = "run" });
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
            + $"paid {_paid.Values.Sum()} times for {_paid.Count} items; tokens canceled {_canceled}; second stage run {_runs.Values.Sum()} times; {watch.Elapsed} in all");

        report.Fault.ShouldBeNull();
        report.SucceededCount.ShouldBe(Items);
        _paid.Values.ShouldAllBe(times => times == 1);
        _canceled.ShouldBe(0);
    }

    private Pipeline<int, int> Make(ICheckpointStore store) => PipelineBuilder
        .StageWithContext<int, int>("Pay", (item, context) => context.OnceAsync("pay", async token =>
        {
            _paid.AddOrUpdate(item, 1, (_, times) => times + 1);
            await Task.Delay(TimeSpan.FromSeconds(item % 50 == 0 ? 50 : 1.5), TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (token.IsCancellationRequested)
                Interlocked.Increment(ref _canceled);
            return item;
        }), workers: 16)
        .Then("Work", async (item, token) =>
        {
            _runs.AddOrUpdate(item, 1, (_, times) => times + 1);
            await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, token);
            return item;
        }, workers: 16)
        .IdentifyBy(item => item)
        .WithCheckpoints(store)
        .Build();
}
