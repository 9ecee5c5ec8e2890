using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Checkpoints together with all else a pipeline can do.</summary>
public sealed class CombinationTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private async Task<PipelineRun<string, string>> StartAsync(Job job, RunOptions? options = null)
    {
        job.Time = _time;
        PipelineRun<string, string> run = job.Make().Start(options ?? Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    [Test]
    public async Task A_block_gives_finished_items_from_the_store()
    {
        await new Job(_store).RunAsync("x").InTime();
        Job again = new(_store);
        PipelineBlock<string, string> block = again.Make().AsBlock(Lives.Nightly);
        await block.SendAsync("x").InTime();
        await block.SendAsync("y").InTime();
        block.Complete();

        List<string?> values = [(await block.ReceiveAsync().InTime()).Value, (await block.ReceiveAsync().InTime()).Value];
        values.Order().ShouldBe(["xabc", "yabc"]);
        await block.Completion.InTime();
        again.CallsOf("x").ShouldBeEmpty();
    }

    [Test]
    public async Task Items_fed_into_a_middle_stage_go_on_by_their_id()
    {
        Job job = new(_store) { Body = (stage, item, token) => stage == "C" ? _gate.PassAsync(item, token) : Task.CompletedTask };
        PipelineRun<string, string> run = await StartAsync(job);
        await run.FeedAsync("B", [new WorkItem<string>("m") { Id = "m" }]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Kill();
        await run.DisposeAsync();

        Job again = new(_store);
        await using PipelineRun<string, string> second = await StartAsync(again);
        await second.FeedAsync("B", [new WorkItem<string>("m") { Id = "m" }]).InTime();
        ItemIdMissingException error = await second.FeedAsync("B", [new WorkItem<string>("n")]).CatchAsync<ItemIdMissingException>();
        second.Complete();

        (await second.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("mbc");
        again.CallsOf("m").ShouldBe(["C"]);
        error.Message.ShouldContain("'B'");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task StreamAsync_gives_finished_and_new_items(bool inOrder)
    {
        string[] items = [.. Enumerable.Range(0, 50).Select(i => $"{i}")];
        await new Job(_store).RunAsync([.. items.Where((_, i) => i % 3 == 0)]).InTime();

        List<PipelineResult<string>> results = await new Job(_store).Make()
            .StreamAsync(items, new RunOptions { RunId = "nightly", OrderResults = inOrder, ResultCapacity = 4 }).ToListAsync();

        (inOrder ? (IEnumerable<PipelineResult<string>>)results : results.OrderBy(result => result.Sequence)).Select(result => result.Value).ShouldBe(items.Select(item => item + "abc"));
    }

    [Test]
    public async Task Results_that_are_not_collected_are_counted()
    {
        await new Job(_store).RunAsync("x").InTime();
        PipelineReport<string> report = await new Job(_store).Make().RunAsync(["x", "y"], new RunOptions { RunId = "nightly", CollectResults = false }).InTime();

        report.Results.ShouldBeEmpty();
        report.SucceededCount.ShouldBe(2);
        report.ResumedCount.ShouldBe(1);
    }

    [Test]
    public async Task Priorities_are_kept_over_lives()
    {
        Job job = new(_store) { Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        WorkItem<string>[] items = [.. new[] { 5, 1, 9, -3 }.Select(priority => new WorkItem<string>($"p{priority}") { Priority = priority })];
        await job.Make().RunAsync(items, Lives.Nightly).InTime();

        Job again = new(_store) { Options = new CheckpointOptions { ResumeFailed = true } };
        await using PipelineRun<string, string> run = await StartAsync(again);
        run.SetWorkers("B", 1);
        run.Pause("B");
        await run.FeedAsync(items.Select(item => item.Value)).InTime();
        run.Resume("B");
        run.Complete();
        await run.Completion.InTime();

        again.Calls.Where(call => call.StartsWith('B')).ShouldBe(["B p-3", "B p1", "B p5", "B p9"]);
    }

    [Test]
    public async Task A_skipped_stage_is_finished_too()
    {
        int asked = 0;
        Pipeline<string, string> Make(bool fails) => PipelineBuilder.Stage<string, string>("A", x => x + "a", configure: s =>
            {
                s.SkipIf = _ => ++asked > 0;
                s.SkipTo = x => x + "-";
            })
            .Then<string>("B", x => fails ? throw new InvalidOperationException("down") : x + "b", configure: s => s.Retry = RetryPolicy.None)
            .IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true }).Build();
        await Make(fails: true).LiveAsync("x");

        PipelineReport<string> report = await Make(fails: false).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("x-b");
        asked.ShouldBe(1);
    }

    [TestCase(RetryScope.Task, "1 2 2 | 1 2")]
    [TestCase(RetryScope.Stage, "1 2 1 2 | 1 2")]
    public async Task Attempts_that_failed_in_an_earlier_life_count(RetryScope scope, string calls)
    {
        List<string> seen = [];
        int failures = 0;
        int last = 0;
        Pipeline<string, string> Make() => PipelineBuilder.Stage(Stage.CreateWithTasks<string, string>("A", tasks => tasks
                .TaskWithContext("one", (string x, StageContext context) =>
                {
                    seen.Add("1");
                    return Task.FromResult(x);
                })
                .TaskWithContext("two", (string x, StageContext context) =>
                {
                    seen.Add("2");
                    last = context.Attempt;
                    return failures-- > 0 ? throw new InvalidOperationException("down") : Task.FromResult(x + "!");
                }), workers: 1, options =>
                {
                    options.Retry = RetryPolicy.Fixed(5, TimeSpan.FromHours(1));
                    options.RetryScope = scope;
                }))
            .IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store).Build();
        failures = 2;
        int stored = 0;
        _store.OnWritten = batch => stored = batch.Items.Select(item => item.Attempts).LastOrDefault(stored);
        PipelineRun<string, string> run = Make().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        await _time.StepAsync(3600);
        await Waiting.UntilAsync(() => stored == 2);
        _store.Kill();
        await run.DisposeAsync();
        seen.Add("|");

        PipelineReport<string> report = await _time.DriveAsync(Make().RunAsync(["x"], Lives.Nightly));

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("x!");
        last.ShouldBe(3);
        string.Join(' ', seen).ShouldBe(calls);
    }

    [Test]
    public async Task Throttled_calls_are_no_attempts_over_lives_either()
    {
        bool throttles = true;
        int attempt = 0;
        Pipeline<string, string> Make() => PipelineBuilder.StageWithContext<string, string>("A", (x, context) =>
            {
                attempt = context.Attempt;
                return throttles ? throw new TimeoutException("slow down") : Task.FromResult(x);
            }, configure: s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMinutes(1)) with { IsThrottle = error => error is TimeoutException })
            .IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store).Build();
        for (int life = 0; life < 3; life++)
        {
            PipelineRun<string, string> run = Make().Start(Lives.Nightly);
            await run.FeedAsync(["x"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
            _store.Kill();
            await run.DisposeAsync();
        }

        throttles = false;
        (await _time.DriveAsync(Make().RunAsync(["x"], Lives.Nightly))).SucceededCount.ShouldBe(1);
        attempt.ShouldBe(1);
    }

    [TestCase(StopMode.AfterStage)]
    [TestCase(StopMode.AfterItem)]
    public async Task Stopping_gently_saves_what_runs_and_the_next_life_goes_on(StopMode mode)
    {
        Job job = new(_store) { Body = (stage, item, token) => stage == "A" ? _gate.PassAsync(item, token) : Task.CompletedTask };
        await using PipelineRun<string, string> run = await StartAsync(job);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Hold();
        run.Stop(mode: mode);
        _gate.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 1);
        _store.Release();
        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(mode == StopMode.AfterItem ? ResultStatus.Succeeded : ResultStatus.Canceled);

        Job again = new(_store);
        (await again.RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.CallsOf("x").ShouldBe(mode == StopMode.AfterItem ? [] : ["B", "C"]);
    }

    [Test]
    public async Task Canceling_waits_for_a_store_that_does_not_end_no_longer_than_AbandonAfter()
    {
        await using PipelineRun<string, string> run = await StartAsync(new Job(_store), new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromSeconds(7) });
        _store.Hold();
        await run.FeedAsync(["x", "y"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 2);
        run.Cancel();
        run.GetSnapshot().Saving.ShouldBe(2);
        await _time.WhenPendingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        run.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.2));

        PipelineReport<string> report = await run.Completion.InTime();
        report.CanceledCount.ShouldBe(2);
        report.Fault.ShouldBeNull();
        _store.Release();
        (await new Job(_store).RunAsync("x", "y").InTime()).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task What_is_saved_while_a_stage_is_paused_waits_before_it()
    {
        await using PipelineRun<string, string> run = await StartAsync(new Job(_store));
        run.Pause("B");
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 1);
        run.GetSnapshot().Saving.ShouldBe(0);
        run.Resume("B");
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task An_item_being_saved_holds_no_place()
    {
        Job job = new(_store) { Body = (stage, item, token) => stage == "A" && item.StartsWith('h') ? _gate.PassAsync(item, token) : Task.CompletedTask };
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Hold();
        // Two workers, and so two places: both are free once their items are with the store.
        await run.FeedAsync(["1", "2", "h1", "h2"]).InTime();
        await _gate.WhenArrivedAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 2, InProgress: 2 });
        _gate.OpenForAll();
        _store.Release();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
    }

    [Test]
    public async Task Workers_that_are_added_and_taken_away_note_their_attempts_each()
    {
        Job job = new(_store) { Body = (stage, item, token) => stage == "A" ? _gate.PassAsync(item, token) : Task.CompletedTask };
        PipelineRun<string, string> run = await StartAsync(job);
        run.SetWorkers("A", 5);
        await run.FeedAsync(["1", "2", "3", "4", "5", "6"]).InTime();
        await _gate.WhenArrivedAsync(5);
        _store.Kill();
        await run.DisposeAsync();

        await using (ICheckpointRun open = await _store.OpenRunAsync("nightly"))
            open.Interrupted.Select(mark => mark.Id).Order().ShouldBe(_gate.Arrivals.Select(item => "s:" + item).Order());
    }

    [Test]
    public async Task OnSuccess_that_was_not_told_is_told_in_the_next_life_and_the_stage_is_not_repeated()
    {
        Job job = new(_store) { OnSuccess = (success, _) => new ValueTask(_gate.PassAsync(success.Stage, CancellationToken.None)) };
        PipelineRun<string, string> run = await StartAsync(job);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Kill();
        _gate.OpenForAll();
        await run.DisposeAsync();
        List<string> told = [];

        Job again = new(_store)
        {
            OnSuccess = (success, _) =>
            {
                told.Add($"{success.Stage} {success.Input} {success.Value}");
                return ValueTask.CompletedTask;
            },
        };
        (await again.RunAsync("x").InTime()).SucceededCount.ShouldBe(1);

        told.ShouldBe(["A x xa", "B xa xab", "C xab xabc"]);
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }
}
