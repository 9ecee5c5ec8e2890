using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>A pipeline that is restarted over a store: each start finds what the previous one has stored, whatever kind of store it is.</summary>
internal sealed class RestartsCases(OpenedFixture opened)
{
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Gate<string> _gate = new();
    private ChaosStore? _chaos;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.What_is_through_comes_from_the_store_and_what_was_not_fed_is_counted()),
        Case(c => c.What_was_in_a_stage_at_the_death_runs_that_stage_again("A", "A B C")),
        Case(c => c.What_was_in_a_stage_at_the_death_runs_that_stage_again("B", "B C")),
        Case(c => c.What_was_in_a_stage_at_the_death_runs_that_stage_again("C", "C")),
        Case(c => c.What_was_between_two_stages_enters_its_next_one_with_its_value_priority_and_metadata()),
        Case(c => c.What_has_failed_stays_failed_and_is_tried_again_if_that_is_said()),
        Case(c => c.What_was_canceled_goes_on()),
        Case(c => c.What_waits_for_its_next_attempt_waits_for_what_is_left_and_has_the_attempts_it_had_left()),
        Case(c => c.An_item_that_crashes_its_process_too_often_alone_is_failed_and_the_others_go_on()),
        Case(c => c.Stored_input_comes_back_by_itself()),
        Case(c => c.What_was_done_once_is_not_done_again_and_what_was_begun_is_asked_for()),
        Case(c => c.What_was_forgotten_is_done_anew_under_another_key_in_later_lives_too()),
        Case(c => c.A_pipeline_that_has_changed_is_refused_or_goes_on_from_the_first_changed_stage()),
        Case(c => c.Nothing_and_much_come_back_as_they_were()),
        Case(c => c.A_second_item_of_an_id_is_failed_and_leaves_the_first_as_it_is()),
        Case(c => c.The_inspector_sees_each_state_and_what_an_item_has_gone_through()),
    ];

    private ICheckpointStore Store => opened.Store;

    private static RunOptions Nightly => new() { RunId = "nightly" };

    /// <summary>What a stage does with an item in addition, before it returns.</summary>
    private Func<string, string, StageContext, Task> Body { get; set; } = (_, _, _) => Task.CompletedTask;

    private RetryPolicy Retry { get; set; } = RetryPolicy.None;

    private TimeProvider Time { get; set; } = TimeProvider.System;

    public async Task What_is_through_comes_from_the_store_and_what_was_not_fed_is_counted()
    {
        (await RunAsync(items: ["x", "y", "z"])).ResumedCount.ShouldBe(0);
        await opened.ReopenAsync();

        PipelineReport<string> report = await RunAsync(items: ["y", "new"]);

        report.Results.Select(result => result.Value).ShouldBe(["yabc", "newabc"]);
        (report.ResumedCount, report.NotFedCount).ShouldBe((1, 2));
        CallsOf("y").ShouldBeEmpty();
        CallsOf("new").ShouldBe("A B C");
    }

    public async Task What_was_in_a_stage_at_the_death_runs_that_stage_again(string stage, string calls)
    {
        await DieInStageAsync(stage, new CheckpointOptions(), "x", "y");

        PipelineReport<string> report = await RunAsync(items: ["x", "y"]);

        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"]);
        CallsOf("x").ShouldBe(calls);
        report.ResumedCount.ShouldBe(2);
    }

    public async Task What_was_between_two_stages_enters_its_next_one_with_its_value_priority_and_metadata()
    {
        await using (PipelineRun<string, string> run = Make().Start(Nightly))
        {
            run.Pause("B");
            await run.FeedAsync([Fed("x", 5), Fed("y", -7), Fed("z", 0)]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 3);
            await CrashAsync();
        }

        await using PipelineRun<string, string> again = Make(workers: 1).Start(Nightly);
        again.Pause("B");
        await again.FeedAsync(["x", "y", "z"]).InTime();
        again.Resume("B");
        again.Complete();
        PipelineReport<string> report = await again.Completion.InTime();

        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc", "zabc"], ignoreOrder: true);
        report.Results.ShouldAllBe(result => Equals(result.Metadata["of"], result.ItemId.ToString()));
        _calls.Where(call => call.StartsWith('B')).ShouldBe(["B y", "B z", "B x"]);
        _calls.ShouldNotContain("A x");
    }

    public async Task What_has_failed_stays_failed_and_is_tried_again_if_that_is_said()
    {
        Body = (stage, item, _) => stage == "B" && item == "x" ? throw new InvalidOperationException("down ☾") : Task.CompletedTask;
        await RunAsync(items: ["x", "y"]);
        Body = (_, _, _) => Task.CompletedTask;
        await opened.ReopenAsync();

        PipelineResult<string> failed = (await RunAsync(items: ["x"])).Results.ShouldHaveSingleItem();

        (failed.Status, failed.Stage, failed.StageInput, failed.Attempts).ShouldBe((ResultStatus.Failed, "B", "xa", 1));
        StoredFailureException error = failed.Error.ShouldBeOfType<StoredFailureException>();
        (error.OriginalType, error.Message).ShouldBe((nameof(InvalidOperationException), "down ☾ (This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.)"));
        CallsOf("x").ShouldBeEmpty();
        (await RunAsync(new CheckpointOptions { ResumeFailed = true }, "x")).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        CallsOf("x").ShouldBe("B C");
    }

    public async Task What_was_canceled_goes_on()
    {
        Body = (stage, item, context) => stage == "B" ? _gate.PassAsync(item, context.CancellationToken) : Task.CompletedTask;
        await using (PipelineRun<string, string> run = Make().Start(Nightly))
        {
            await run.FeedAsync(["x"]).InTime();
            await _gate.WhenArrivedAsync(1);
            run.Cancel();
            (await run.Completion.InTime()).CanceledCount.ShouldBe(1);
        }

        Body = (_, _, _) => Task.CompletedTask;
        (await RunAsync(items: ["x"])).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        CallsOf("x").ShouldBe("B C");
    }

    public async Task What_waits_for_its_next_attempt_waits_for_what_is_left_and_has_the_attempts_it_had_left()
    {
        var time = new SteppedTime();
        (Time, Retry) = (time, RetryPolicy.Fixed(attempts: 2, TimeSpan.FromSeconds(100)));
        Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask;
        await using (PipelineRun<string, string> run = Make().Start(Nightly))
        {
            await run.FeedAsync(["x"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
            await UntilStoredAsync(item => item.Attempts == 1);
            time.Advance(TimeSpan.FromSeconds(60));
            await CrashAsync();
        }

        await using PipelineRun<string, string> again = Make().Start(Nightly);
        await again.FeedAsync(["x"]).InTime();
        again.Complete();
        await Waiting.UntilAsync(() => again.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromSeconds(39));
        again.GetSnapshot().Retrying.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(2));

        PipelineResult<string> result = (await again.Completion.InTime()).Results.ShouldHaveSingleItem();
        (result.Status, result.Attempts).ShouldBe((ResultStatus.Failed, 2));
        CallsOf("x").ShouldBe("B");
    }

    public async Task An_item_that_crashes_its_process_too_often_alone_is_failed_and_the_others_go_on()
    {
        var options = new CheckpointOptions { MaxCrashes = 2 };
        await DieInStageAsync("B", options, "x");
        await DieInStageAsync("B", options, "x");

        PipelineReport<string> report = await RunAsync(options, "x", "y");

        report.Results[0].Error.ShouldBeOfType<StoredFailureException>().Message.ShouldStartWith("The process crashed 2 times while stage 'B' ran the item; at 2 of these crashes no other suspect ran (MaxCrashes is 2).");
        report.Results[1].Value.ShouldBe("yabc");
        CallsOf("x").ShouldBeEmpty();
    }

    public async Task Stored_input_comes_back_by_itself()
    {
        var options = new CheckpointOptions { PersistInput = true };
        await using (PipelineRun<string, string> run = Make(options).Start(Nightly))
        {
            run.Pause();
            await run.FeedAsync([Fed("x", 3), Fed("y", 1)]).InTime();
            await CrashAsync();
        }

        await using PipelineRun<string, string> again = Make(options).Start(Nightly);
        again.Complete();
        PipelineReport<string> report = await again.Completion.InTime();

        report.Results.Select(result => result.Value).Order().ShouldBe(["xabc", "yabc"]);
        report.Results.ShouldAllBe(result => Equals(result.Metadata["of"], result.ItemId.ToString()));
        (await Store.ReadItemsAsync("nightly").ToListAsync()).Select(item => (item.Id, item.Priority)).ShouldBe([("s:x", 3), ("s:y", 1)]);
        (report.ResumedCount, report.NotFedCount).ShouldBe((2, 0));
    }

    public async Task What_was_done_once_is_not_done_again_and_what_was_begun_is_asked_for()
    {
        int made = 0, asked = 0;
        List<string> answers = [];
        Body = async (stage, item, context) =>
        {
            if (stage != "B")
                return;
            answers.Add(await context.OnceAsync("made", _ => Task.FromResult($"made {++made}")));
            answers.Add(await context.OnceAsync("begun", async token =>
            {
                await _gate.PassAsync(item, token);
                return "never";
            }, find: _ => Task.FromResult<string?>($"found {++asked}")));
        };
        await using (PipelineRun<string, string> run = Make().Start(Nightly))
        {
            await run.FeedAsync(["x"]).InTime();
            await _gate.WhenArrivedAsync(1);
            await CrashAsync();
        }

        await opened.ReopenAsync();
        (await RunAsync(items: ["x"])).SucceededCount.ShouldBe(1);

        answers.ShouldBe(["made 1", "made 1", "found 1"]);
        (made, asked).ShouldBe((1, 1));
    }

    public async Task What_was_forgotten_is_done_anew_under_another_key_in_later_lives_too()
    {
        List<string> keys = [];
        int made = 0;
        Body = async (stage, item, context) =>
        {
            if (stage != "B")
                return;
            keys.Add(context.GetIdempotencyKey("batch"));
            if (keys.Count == 2)
                await context.ForgetAsync("batch");
            await context.OnceAsync("batch", _ => Task.FromResult(++made));
            await _gate.PassAsync(item, context.CancellationToken);
        };
        for (int life = 1; life <= 3; life++)
        {
            await using PipelineRun<string, string> run = Make(new CheckpointOptions { MaxCrashes = 9 }).Start(Nightly);
            await run.FeedAsync(["x"]).InTime();
            await _gate.WhenArrivedAsync(life);
            await CrashAsync();
        }

        made.ShouldBe(2);
        keys[1].ShouldBe(keys[0]);
        keys[2].ShouldNotBe(keys[0]);
    }

    public async Task A_pipeline_that_has_changed_is_refused_or_goes_on_from_the_first_changed_stage()
    {
        await RunAsync(items: ["x", "y"]);
        await opened.ReopenAsync();

        PipelineChangedException refused = await Make(version: "2").RunAsync(["x"], Nightly).CatchAsync<PipelineChangedException>();

        refused.Differences.ShouldBe(["the Version of stage 'B' was not set and is '2'"]);
        _calls.ShouldBeEmpty();
        var restarting = new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages };
        PipelineReport<string> report = await Make(restarting, version: "2").RunAsync(["x", "y"], Nightly).InTime();
        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"]);
        CallsOf("x").ShouldBe("B C");
        (await Make(version: "2").RunAsync(["x"], Nightly).InTime()).ResumedCount.ShouldBe(1);
        CallsOf("x").ShouldBeEmpty();
    }

    public async Task Nothing_and_much_come_back_as_they_were()
    {
        string much = string.Concat(Enumerable.Range(0, 200_000).Select(number => $"{number} ☾"));
        string?[] seen = [null, null];
        Pipeline<int, string?> Make(bool fails) => PipelineBuilder
            .Stage<int, string?>("Make", number => fails ? number == 0 ? null : much : throw new InvalidOperationException("a finished stage was run again"), 1, s => s.Retry = RetryPolicy.None)
            .Then<string?>("Use", text => fails ? throw new InvalidOperationException("not yet") : seen[text is null ? 0 : 1] = text ?? "none", 1, s => s.Retry = RetryPolicy.None)
            .IdentifyBy(number => number)
            .WithCheckpoints(Store, new CheckpointOptions { ResumeFailed = true })
            .Build();
        (await Make(fails: true).RunAsync([0, 1], Nightly).InTime()).FailedCount.ShouldBe(2);
        await opened.ReopenAsync();

        (await Make(fails: false).RunAsync([0, 1], Nightly).InTime()).SucceededCount.ShouldBe(2);

        seen[0].ShouldBe("none");
        (seen[1] == much).ShouldBeTrue();
    }

    public async Task A_second_item_of_an_id_is_failed_and_leaves_the_first_as_it_is()
    {
        await RunAsync(items: ["x"]);

        PipelineReport<string> report = await RunAsync(items: ["x", "new", "x", "new"]);

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Succeeded, ResultStatus.Failed, ResultStatus.Failed]);
        DuplicateItemException ofStored = report.Results[2].Error.ShouldBeOfType<DuplicateItemException>();
        (ofStored.Sequence, ofStored.FirstSequence).ShouldBe((2, 0));
        DuplicateItemException ofNew = report.Results[3].Error.ShouldBeOfType<DuplicateItemException>();
        (ofNew.Sequence, ofNew.FirstSequence).ShouldBe((3, 1));
        (await RunAsync(items: ["x", "new"])).Results.Select(result => result.Value).ShouldBe(["xabc", "newabc"]);
    }

    public async Task The_inspector_sees_each_state_and_what_an_item_has_gone_through()
    {
        Body = (stage, item, _) => stage == "B" && item == "failed" ? throw new InvalidOperationException("down") : Task.CompletedTask;
        await RunAsync(items: ["done", "failed"]);
        Body = (stage, item, context) => stage == "C" ? _gate.PassAsync(item, context.CancellationToken) : Task.CompletedTask;
        await using PipelineRun<string, string> run = Make().Start(Nightly);
        await run.FeedAsync(["half"]).InTime();
        await _gate.WhenArrivedAsync(1);
        var inspector = new CheckpointInspector(await opened.OpenAnotherStoreAsync());

        StoredRun stored = (await inspector.GetRunsAsync().ToListAsync()).ShouldHaveSingleItem();
        (stored.Succeeded, stored.Failed, stored.Unfinished).ShouldBe((1, 1, 1));
        stored.Owner.ShouldNotBeNull().ShouldContain($"process {Environment.ProcessId}");
        foreach ((StoredItemState state, string id, string? stage) in new (StoredItemState, string, string?)[] { (StoredItemState.Succeeded, "done", null), (StoredItemState.Failed, "failed", "B"), (StoredItemState.Unfinished, "half", "C") })
        {
            InspectedItem item = (await inspector.GetItemsAsync("nightly", state).ToListAsync()).ShouldHaveSingleItem();
            (item.ItemId, item.State, item.Stage, item.Error?.Message).ShouldBe((id, state, stage, id == "failed" ? "down" : null));
        }

        (await inspector.GetHistoryAsync("nightly", "half")).Select(step => (step.Stage, step.Attempts)).ShouldBe([("A", 1), ("B", 1)]);
        (await inspector.DeleteRunsAsync(TimeSpan.Zero)).ShouldBe(0);
        run.Cancel();
        await run.Completion.InTime();
        (await inspector.DeleteRunsAsync(TimeSpan.Zero)).ShouldBe(1);
        (await inspector.GetItemsAsync("nightly").ToListAsync()).ShouldBeEmpty();
    }

    private static WorkItem<string> Fed(string value, int priority) => new(value) { Priority = priority, Metadata = { ["of"] = value } };

    private Pipeline<string, string> Make(CheckpointOptions? options = null, int workers = 2, string? version = null)
    {
        _calls.Clear();
        return PipelineBuilder.StageWithContext<string, string>("A", (value, context) => DoAsync("A", value, context), workers, Configure)
            .ThenWithContext("B", (value, context) => DoAsync("B", value, context), workers, s =>
            {
                Configure(s);
                s.Version = version;
            })
            .ThenWithContext("C", (value, context) => DoAsync("C", value, context), workers, Configure)
            .IdentifyBy(value => value)
            .WithTimeProvider(Time)
            .WithCheckpoints(_chaos = new ChaosStore(Store), options)
            .Build();
    }

    private async Task<string> DoAsync(string stage, string value, StageContext context)
    {
        string item = value.TrimEnd('a', 'b', 'c');
        _calls.Enqueue($"{stage} {item}");
        await Body(stage, item, context);
        return value + stage.ToLowerInvariant();
    }

    private void Configure(StageOptions<string, string> options) => options.Retry = Retry;

    private async Task CrashAsync() => await opened.Fixture.CrashAsync(_chaos!.LastRun!);

    /// <summary>Starts the pipeline, and crashes when a stage has begun all of the items.</summary>
    private async Task DieInStageAsync(string stage, CheckpointOptions options, params string[] items)
    {
        int arrived = _gate.Arrivals.Count;
        Body = (at, item, context) => at == stage ? _gate.PassAsync(item, context.CancellationToken) : Task.CompletedTask;
        await using (PipelineRun<string, string> run = Make(options).Start(Nightly))
        {
            await run.FeedAsync(items).InTime();
            await _gate.WhenArrivedAsync(arrived + items.Length);
            await CrashAsync();
        }

        Body = (_, _, _) => Task.CompletedTask;
    }

    private Task UntilStoredAsync(Predicate<StoredItem> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        opened.UntilStoredAsync("nightly", isSo, Waiting.Patience, what);

    private Task<PipelineReport<string>> RunAsync(CheckpointOptions? options = null, params string[] items) => Make(options).RunAsync(items, Nightly).InTime();

    private string CallsOf(string item) => string.Join(' ', _calls.Where(call => call[2..] == item).Select(call => call[..1]));

    private static ConformanceCase Case(Func<RestartsCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Restarts", opened => run(new RestartsCases(opened)), call);
}
