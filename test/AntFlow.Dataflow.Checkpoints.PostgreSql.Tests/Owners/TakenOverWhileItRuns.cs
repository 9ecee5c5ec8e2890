using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>A whole run whose owner finds out that another has taken it over.</summary>
public sealed class TakenOverWhileItRuns
{
    [Test]
    public async Task Its_tokens_are_canceled_no_late_answer_is_written_and_it_ends_with_who_has_it()
    {
        var time = new SteppedTime();
        await using TestStore store = await TestStore.OpenAsync(time: time);
        await using PostgreSqlCheckpointStore other = await store.OpenAgainAsync();
        var job = new PaidJob(store.Store) { Time = time };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "run" });
        await run.FeedAsync(["x", "y"]).InTime();
        await Waiting.UntilAsync(() => job.Running == 2);
        await store.ExpireAsync();
        await using ICheckpointRun mine = await other.OpenRunAsync("run");
        job.Tokens.ShouldAllBe(token => !token.IsCancellationRequested);

        // The next renewal asks.
        time.Advance(TimeSpan.FromSeconds(10));

        PipelineReport<string> report = await run.Completion.InTime();
        LeaseLostException lost = report.Fault.ShouldBeOfType<LeaseLostException>();
        lost.Message.ShouldBe(
            $"Run 'run' no longer belongs to this process: process {Environment.ProcessId} on {Environment.MachineName} has taken it over, after this process had not renewed its lease for "
            + "00:00:30. This process starts and writes nothing more of it.");
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled]);
        job.Tokens.ShouldAllBe(token => token.IsCancellationRequested);
        job.Saved.ShouldBeEmpty();
        (await store.CountAsync("onces WHERE state = 2")).ShouldBe(0);
        mine.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task A_late_write_of_an_older_session_of_the_same_owner_finds_nothing_to_write_to()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        CheckpointBatch old = Some.Batch(run, 1, 3);
        DateTime found = await store.AskAsync<DateTime>("SELECT written_at FROM runs");
        StoredItem item = old.Items[0] with { StageIndex = 2 };
        await run.WriteAsync(new CheckpointBatch { Items = [item] });

        await using Npgsql.NpgsqlConnection late = await store.ConnectAsync();
        DateTime? written = await BatchWriting.WriteAsync(late, run: 1, run.Epoch, found, old, CancellationToken.None);

        written.ShouldBeNull();
        (await store.CountAsync("items")).ShouldBe(1);
        (await store.CountAsync("items WHERE stage = 2")).ShouldBe(1);
        (await store.CountAsync("steps")).ShouldBe(0);
        await run.WriteAsync(old);
        (await store.CountAsync("items")).ShouldBe(3);
    }
}
