using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>A server of their own that does not answer for longer than a lease, while paid work is under way.</summary>
public sealed class AServerThatIsAway : OwnServerTests
{
    private const int Items = 24;

    private static readonly string[] _items = [.. Enumerable.Range(0, Items).Select(number => $"item {number}")];
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(3);

    [Test]
    public async Task By_a_stall_ends_nothing_and_has_nothing_paid_twice()
    {
        await using TestStore store = await TestStore.OpenAsync($"{Server.ConnectionString};Command Timeout=5;Cancellation Timeout=500", _lease);

        await RunThroughAsync(store, Server.StallAsync, Server.GoOnAsync);
    }

    [Test]
    public async Task By_a_restart_ends_nothing_and_has_nothing_paid_twice()
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString, _lease);

        await RunThroughAsync(store, Server.StopImmediateAsync, Server.RestartAsync);
    }

    [Test]
    public async Task And_comes_back_elsewhere_ends_nothing_and_has_nothing_paid_twice()
    {
        int port = PostgreSqlServer.FindFreePort();
        string here = Server.ConnectionString.Split(';').Single(part => part.StartsWith("Port=", StringComparison.Ordinal))["Port=".Length..];
        string either = Server.ConnectionString.Replace("Host=127.0.0.1;", $"Host=127.0.0.1:{here},127.0.0.1:{port};", StringComparison.Ordinal);
        await using TestStore store = await TestStore.OpenAsync(either, _lease);

        await RunThroughAsync(store, Server.StopImmediateAsync, () => Server.RestartElsewhereAsync(port));
    }

    [Test]
    public async Task For_longer_than_GiveUpAfter_is_given_up()
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString, _lease);
        var job = new PaidJob(store.Store) { Options = new CheckpointOptions { GiveUpAfter = TimeSpan.FromSeconds(1) } };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "run" });
        await run.FeedAsync(_items).InTime();
        await Waiting.UntilAsync(() => job.Running == 4);
        await Server.StopImmediateAsync();
        job.Paying.OpenForAll();

        PipelineReport<string> report = await run.Completion.InTime();

        report.SucceededCount.ShouldBe(0);
        job.Tokens.ShouldAllBe(token => !token.IsCancellationRequested);
        job.Paid.Count.ShouldBe(4);
    }

    /// <summary>Does the job while the server goes away in the middle of it for longer than the lease.</summary>
    private static async Task RunThroughAsync(TestStore store, Func<Task> goAway, Func<Task> comeBack)
    {
        var captured = new ChaosStore(store.Store);
        var job = new PaidJob(captured);
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "run" });
        await run.FeedAsync(_items).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => job.Running == 4);
        await goAway();
        try
        {
            // The lease goes by a real clock here, because the server's is real: these are three seconds.
            await Waiting.UntilAsync(() => captured.LastRun is { IsOwned: false } && run.GetSnapshot().StoreFailingSince is not null);
            job.Paying.OpenForAll();
            await Waiting.UntilAsync(() => job.Running == 0);
            job.Tokens.ShouldAllBe(token => !token.IsCancellationRequested);
            captured.LastRun!.Lost.IsCancellationRequested.ShouldBeFalse();
            job.Paid.Count.ShouldBe(4);
        }
        finally
        {
            await comeBack();
        }

        PipelineReport<string> report = await run.Completion.InTime();

        report.Fault.ShouldBeNull();
        report.SucceededCount.ShouldBe(Items);
        job.Paid.Keys.Order().ShouldBe(_items.Order());
        job.Paid.Values.ShouldAllBe(times => times == 1);
        job.Saved.Count.ShouldBe(Items);
    }
}
