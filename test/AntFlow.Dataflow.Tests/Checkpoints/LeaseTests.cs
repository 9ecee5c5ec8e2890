using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Another owner has the run: nothing more starts here, nothing is written, and nothing is lost.</summary>
public sealed class LeaseTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private async Task ResumeAsync(params string[] items)
    {
        (_store.Before, _store.Holds) = (_ => null, true);
        PipelineReport<string> report = await new Job(_store).RunAsync(items).InTime();
        report.Results.Select(result => result.Value).ShouldBe(items.Select(item => item + "abc"));
    }

    [Test]
    public async Task A_run_that_was_lost_has_a_result_for_an_item_in_transit_however_long_that_takes()
    {
        var time = new SteppedTime();
        var locks = new Standstill();
        var clock = new StandingClock(time, locks);
        // The look at the clock that follows the serializer: user code has ended by then, and nothing may take the item away.
        var serializer = new TextSerializer(clock.ChooseThisThread);
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x).WithTimeProvider(clock).WithCheckpoints(_store, serializer).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromSeconds(1) });
        await run.FeedAsync(["x"]).InTime();
        // Its task has ended, so it cannot be abandoned; and the store does not own it yet.
        await locks.Reached.InTime();
        await _store.Lost.CancelAsync();
        await time.WhenPendingAsync(1);
        for (int second = 0; second < 5; second++)
            time.Advance(TimeSpan.FromSeconds(1));
        // Whatever was decided by then has its turn on the pool before the item goes on.
        for (int turn = 0; turn < 400; turn++)
            await Task.Yield();
        run.Completion.IsCompleted.ShouldBeFalse();
        locks.Release();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Fault.ShouldBeOfType<LeaseLostException>();
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
    }

    [Test]
    public async Task A_serializer_that_does_not_return_is_left_behind_and_its_item_is_canceled()
    {
        var time = new SteppedTime();
        var locks = new Standstill();
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x).WithTimeProvider(time)
            .WithCheckpoints(_store, new TextSerializer(locks.Stand)).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromSeconds(1) });
        await run.FeedAsync(["x"]).InTime();
        await locks.Reached.InTime();
        WorkerSnapshot worker = run.GetSnapshot().Workers.ShouldHaveSingleItem();
        (worker.IsBusy, worker.Task).ShouldBe((true, "Serialize"));
        run.Cancel();

        PipelineReport<string> report = await time.DriveAsync(run.Completion);

        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
        locks.Release();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_run_that_was_lost_cancels_all_tokens()
    {
        List<CancellationToken> tokens = [];
        var job = new Job(_store)
        {
            Body = (_, item, token) =>
            {
                lock (tokens)
                    tokens.Add(token);
                return _gate.PassAsync(item, token);
            },
        };
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await run.FeedAsync(["x", "y"]).InTime();
        await _gate.WhenArrivedAsync(2);

        await _store.Lost.CancelAsync();

        PipelineReport<string> report = await run.Completion.InTime();
        tokens.ShouldAllBe(token => token.IsCancellationRequested);
        report.Fault.ShouldBeOfType<LeaseLostException>();
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled]);
        await run.FeedAsync(["z"]).CatchAsync<PipelineClosedException>();
        await ResumeAsync("x", "y");
    }

    [Test]
    public async Task A_write_that_says_so_ends_its_items_Canceled()
    {
        var job = new Job(_store);
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Hold();
        await run.FeedAsync(["x", "y", "z"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 3);
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? new LeaseLostException("nightly", "somebody else has it") : null;
        _store.Release();

        PipelineReport<string> report = await run.Completion.InTime();

        report.Fault.ShouldBeOfType<LeaseLostException>();
        report.CanceledCount.ShouldBe(3);
        report.Results.Select(result => result.Sequence).ShouldBe([0, 1, 2]);
        _store.CallsOf(nameof(ICheckpointRun.WriteAsync)).ShouldBe(2, "The description, and the write that said so.");
        await ResumeAsync("x", "y", "z");
    }

    [Test]
    public async Task Nothing_is_written_after_the_run_was_lost()
    {
        var job = new Job(_store) { Body = (_, item, _) => _gate.PassAsync(item, CancellationToken.None) };
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        await _store.Lost.CancelAsync();
        int written = _store.CallsOf(nameof(ICheckpointRun.WriteAsync));
        _gate.OpenForAll();

        await run.Completion.InTime();

        _store.CallsOf(nameof(ICheckpointRun.WriteAsync)).ShouldBe(written);
    }

    [Test]
    public async Task The_reason_is_the_one_that_the_store_gives()
    {
        var job = new Job(_store) { Body = (_, item, token) => _gate.PassAsync(item, token) };
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Before = method => method == nameof(ICheckpointRun.WaitUntilOwnedAsync) ? new LeaseLostException("nightly", "process 7 on far-away has taken it over", new IOException("why")) : null;

        await _store.Lost.CancelAsync();

        LeaseLostException lost = (await run.Completion.InTime()).Fault.ShouldBeOfType<LeaseLostException>();
        lost.Message.ShouldBe(
            "Run 'nightly' no longer belongs to this process: process 7 on far-away has taken it over. This process starts and writes nothing more of it.");
        lost.InnerException.ShouldBeOfType<IOException>();
    }
}
