using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Writes that wait at the same time share a transaction; if none waits, one begins at once.</summary>
public sealed class GroupCommitTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly List<CheckpointBatch> _batches = [];

    private async Task<PipelineRun<string, string>> StartAsync(CheckpointOptions? options = null)
    {
        PipelineRun<string, string> run = new Job(_store) { Time = _time, Options = options ?? new CheckpointOptions() }.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.OnWriting = _batches.Add;
        return run;
    }

    [Test]
    public async Task Items_that_wait_while_a_batch_is_written_share_the_next_one()
    {
        await using PipelineRun<string, string> run = await StartAsync();
        run.Pause("B");
        _store.Hold();
        await run.FeedAsync(["first"]).InTime();
        await Waiting.UntilAsync(() => _store.Held == 1);
        await run.FeedAsync(Enumerable.Range(0, 50).Select(number => $"x{number}.")).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 51);
        _store.ReleaseOne();
        await Waiting.UntilAsync(() => _batches.Count == 1 && _store.Held == 1);
        _store.ReleaseOne();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 0);

        _batches.Select(batch => (batch.Items.Count, batch.Steps.Count)).ShouldBe([(1, 1), (50, 50)]);
        _store.Release();
    }

    [Test]
    public async Task With_nobody_waiting_a_batch_begins_at_once()
    {
        await using PipelineRun<string, string> run = await StartAsync();

        // Nothing moves the clock: a write that waited for others to join would wait forever.
        foreach (string item in (string[])["x", "y", "z"])
        {
            await run.FeedAsync([item]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 0, Queued: 0, InProgress: 0 } now && now.Succeeded == now.Fed);
        }

        _batches.Select(batch => batch.Items.Count).ShouldBe(Enumerable.Repeat(1, 9));
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task A_stage_whose_items_are_being_saved_keeps_no_other_from_saving()
    {
        await using PipelineRun<string, string> run = await StartAsync(new CheckpointOptions { MaxSaving = 2 });
        run.Pause("B");
        await run.FeedAsync(["1", "2"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 2);
        _store.Hold();
        await run.FeedAsync(["3", "4", "5", "6", "7"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Saving >= 2);
        run.Resume("B");

        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Saving == 2);

        _store.Release();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(7);
    }
}
