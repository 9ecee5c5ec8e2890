using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What a resumed run finds of items that were under way when the process crashed.</summary>
public sealed class ComingBackTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task A_run_that_is_completed_at_once_brings_back_what_is_unfinished_all_the_same()
    {
        await DieInAsync("B", persistsInput: true, [.. Enumerable.Range(0, 20).Select(number => new WorkItem<string>($"x{number}."))]);
        // The opening has to count two deaths.
        var held = new ChaosStore(_store);
        held.HoldWrites();

        await using PipelineRun<string, string> run = new Job(held) { Options = new CheckpointOptions { PersistInput = true } }.Make().Start(new RunOptions { RunId = "nightly" });
        run.Complete();
        held.ReleaseWrites();

        PipelineReport<string> report = await run.Completion.InTime();
        report.SucceededCount.ShouldBe(20);
        report.NotFedCount.ShouldBe(0);
    }

    [Test]
    public async Task A_feed_call_waits_until_the_run_is_open()
    {
        await DieInAsync("B", persistsInput: false, [new WorkItem<string>("x")]);
        // The opening has to count a death.
        var held = new ChaosStore(_store);
        held.HoldWrites();
        await using PipelineRun<string, string> run = new Job(held).Make().Start(new RunOptions { RunId = "nightly" });
        Task<long> feeding = run.FeedAsync(["y"]);
        bool isOver = feeding.IsCompleted;
        held.ReleaseWrites();

        isOver.ShouldBeFalse();
        (await feeding.InTime()).ShouldBe(1);
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("yabc");
    }

    [Test]
    public async Task A_run_that_is_stopped_before_it_is_open_brings_nothing_back()
    {
        await DieInAsync("B", persistsInput: true, [new WorkItem<string>("x")]);

        var held = new ChaosStore(_store);
        held.HoldWrites();
        var again = new Job(held) { Options = new CheckpointOptions { PersistInput = true } };
        await using PipelineRun<string, string> run = again.Make().Start(new RunOptions { RunId = "nightly" });
        run.Cancel();
        held.ReleaseWrites();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(0);
        again.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task An_item_of_which_only_a_death_is_known_keeps_the_priority_and_the_metadata_it_is_fed_with()
    {
        WorkItem<string>[] items = [new("x") { Priority = 7, Metadata = { ["tenant"] = "a" } }];
        await DieInAsync("A", persistsInput: false, items);

        PipelineReport<string> report = await new Job(_store).Make().RunAsync(items, new RunOptions { RunId = "nightly" }).InTime();

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Value.ShouldBe("xabc");
        result.Metadata.ShouldContainKeyAndValue("tenant", "a");
        StoredItem stored = (await _store.ReadItemsAsync("nightly").ToListAsync()).ShouldHaveSingleItem();
        stored.Priority.ShouldBe(7);
    }

    [Test]
    public async Task The_input_of_an_item_of_which_only_a_death_is_known_is_stored_when_it_is_fed_again()
    {
        WorkItem<string>[] items = [new("x") { Metadata = { ["tenant"] = "a" } }];
        await DieInAsync("A", persistsInput: false, items);

        await DieInAsync("A", persistsInput: true, items);
        await using PipelineRun<string, string> run = new Job(_store) { Options = new CheckpointOptions { PersistInput = true } }.Make().Start(new RunOptions { RunId = "nightly" });
        run.Complete();

        PipelineResult<string> result = (await run.Completion.InTime()).Results.ShouldHaveSingleItem();
        result.Value.ShouldBe("xabc");
        result.Metadata.ShouldContainKeyAndValue("tenant", "a");
    }

    /// <summary>Feeds items, and crashes once all that fit are held in a stage.</summary>
    private async Task DieInAsync(string stage, bool persistsInput, WorkItem<string>[] items)
    {
        var held = new ChaosStore(_store);
        var gate = new Gate<string>();
        var job = new Job(held)
        {
            Options = new CheckpointOptions { PersistInput = persistsInput },
            Body = (name, item, token) => name == stage ? gate.PassAsync(item, token) : Task.CompletedTask,
        };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await run.FeedAsync(items).InTime();
        await gate.WhenArrivedAsync(Math.Min(2, items.Length)).InTime();
        ((InMemoryCheckpointRun)held.LastRun!).SimulateCrash();
    }
}
