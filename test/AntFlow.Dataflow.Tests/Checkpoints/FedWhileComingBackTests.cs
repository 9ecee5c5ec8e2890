using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Items that are fed while the run, whose store takes its time, is bringing them back by itself.</summary>
public sealed class FedWhileComingBackTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly TaskCompletionSource _door = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _looking = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Test]
    public async Task A_feed_waits_for_the_item_and_means_it()
    {
        await CrashInAsync("B", persistsInput: true, "x", "y");
        Job job = MakeJob();
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await _looking.Task.InTime();

        Task<long> feeding = run.FeedAsync(["x", "y"]);
        feeding.IsCompleted.ShouldBeFalse();
        _door.SetResult();

        (await feeding.InTime()).ShouldBe(2);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"], ignoreOrder: true);
        job.Calls.Order().ShouldBe(["B x", "B y", "C x", "C y"]);
    }

    [Test]
    public async Task Of_two_feeds_of_one_item_that_comes_back_one_means_it_and_the_other_is_told_that_its_id_is_taken()
    {
        await CrashInAsync("B", persistsInput: true, "x");
        await using PipelineRun<string, string> run = MakeJob().Make().Start(new RunOptions { RunId = "nightly" });
        await _looking.Task.InTime();

        Task<long>[] feeding = [run.FeedAsync(["x"]), run.FeedAsync(["x"])];
        _door.SetResult();
        await Task.WhenAll(feeding).InTime();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();
        report.SucceededCount.ShouldBe(1);
        report.Results.Single(result => !result.IsSuccess).Error.ShouldBeOfType<DuplicateItemException>();
    }

    [Test]
    public async Task An_item_that_turns_out_to_have_failed_does_not_come_back_and_is_told_to_the_feed()
    {
        var failing = new Job(_store) { Options = new CheckpointOptions { PersistInput = true }, Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("no") : Task.CompletedTask };
        (await failing.RunAsync("x").InTime()).FailedCount.ShouldBe(1);
        await using PipelineRun<string, string> run = MakeJob().Make().Start(new RunOptions { RunId = "nightly" });
        await _looking.Task.InTime();

        Task<long> feeding = run.FeedAsync(["x"]);
        _door.SetResult();

        (await feeding.InTime()).ShouldBe(1);
        run.Complete();
        PipelineResult<string> result = (await run.Completion.InTime()).Results.ShouldHaveSingleItem();
        result.Error.ShouldBeOfType<StoredFailureException>().Message.ShouldContain("no");
    }

    [Test]
    public async Task A_feed_that_is_canceled_meanwhile_leaves_the_item_to_the_run()
    {
        await CrashInAsync("B", persistsInput: true, "x");
        await using PipelineRun<string, string> run = MakeJob().Make().Start(new RunOptions { RunId = "nightly" });
        await _looking.Task.InTime();

        using var cancellation = new CancellationTokenSource();
        Task<long> feeding = run.FeedAsync(["x"], cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        (await feeding.CatchAsync<FeedCanceledException>().InTime()).Accepted.ShouldBe(0);
        _door.SetResult();
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task A_run_that_is_canceled_meanwhile_ends_the_feed()
    {
        await CrashInAsync("B", persistsInput: true, "x");
        await using PipelineRun<string, string> run = MakeJob().Make().Start(new RunOptions { RunId = "nightly" });
        await _looking.Task.InTime();

        Task<long> feeding = run.FeedAsync(["x"]);
        run.Cancel();

        await feeding.CatchAsync<PipelineClosedException>().InTime();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(0);
        await FinishesAsync("x");
    }

    private async Task FinishesAsync(string item)
    {
        await using PipelineRun<string, string> run = new Job(_store) { Options = new CheckpointOptions { PersistInput = true } }.Make().Start(new RunOptions { RunId = "nightly" });
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe($"{item}abc");
    }

    /// <summary>A job in whose store the read of what items did once waits for the gate.</summary>
    private Job MakeJob() =>
        new(new ChaosStore(_store)
        {
            Before = call =>
            {
                if (call.Method != nameof(ICheckpointRun.ReadOncesAsync))
                    return Task.CompletedTask;
                _looking.TrySetResult();
                return _door.Task;
            },
        })
        {
            Options = new CheckpointOptions { PersistInput = true },
        };

    private async Task CrashInAsync(string stage, bool persistsInput, params string[] items)
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
        await gate.WhenArrivedAsync(items.Length).InTime();
        ((InMemoryCheckpointRun)held.LastRun!).SimulateCrash();
    }
}
