using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What the report says of stored items: those that were resumed, and those that were not fed again.</summary>
public sealed class WhatIsNotFed
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());

    [Test]
    public async Task An_item_whose_row_is_not_whole_was_fed_again_and_not_resumed()
    {
        await new Job(_store).RunAsync("x", "y", "z").InTime();
        _store.Items = row => row.Id == "s:y" ? row with { Checksum = row.Checksum ^ 1 } : row;

        PipelineReport<string> report = await new Job(_store).RunAsync("x", "y").InTime();

        (report.ResumedCount, report.NotFedCount).ShouldBe((1, 1));
    }

    [Test]
    public async Task An_item_that_was_looked_up_and_not_accepted_counts_once_when_it_comes_again()
    {
        await new Job(_store) { Body = (stage, _, _) => stage == "A" ? throw new InvalidOperationException("down") : Task.CompletedTask }.RunAsync("x", "y", "z").InTime();
        var gate = new Gate<string>();
        var job = new Job(_store) { Body = (_, item, token) => gate.PassAsync(item, token), Options = new CheckpointOptions { ResumeFailed = true } };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly", OrderResults = true, ResultCapacity = 1, CollectResults = false });
        await run.FeedOneAsync("x").InTime();
        await gate.WhenArrivedAsync(1).InTime();

        // One result is bounded, and that is for x: y is looked up and waits.
        bool looked = false;
        _store.After = method =>
        {
            looked = true;
            return null;
        };
        using var impatient = new CancellationTokenSource();
        Task waiting = run.FeedOneAsync("y", cancellationToken: impatient.Token);
        await Waiting.UntilAsync(() => looked);
        await impatient.CancelAsync();
        await waiting.CatchAsync<FeedCanceledException>().InTime();
        gate.OpenForAll();
        Task<List<PipelineResult<string>>> reading = run.ReadResultsAsync().ToListAsync();
        await run.FeedOneAsync("y").InTime();
        run.Complete();

        (await reading.InTime()).Count.ShouldBe(2);
        PipelineReport<string> report = await run.Completion.InTime();
        (report.ResumedCount, report.NotFedCount).ShouldBe((2, 1));
    }
}
