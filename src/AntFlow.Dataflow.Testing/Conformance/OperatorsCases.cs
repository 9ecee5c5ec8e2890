using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>An operator brings back and takes out items of a run that has no owner.</summary>
internal sealed class OperatorsCases(OpenedFixture opened)
{
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Gate<string> _gate = new();

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.An_item_that_is_retried_runs_the_failed_stage_again_and_none_before()),
        Case(c => c.An_item_that_is_skipped_ends_canceled_with_the_reason_and_nothing_of_it_runs()),
        Case(c => c.An_item_that_was_skipped_comes_back_when_it_is_retried_and_keeps_what_it_has_finished()),
        Case(c => c.What_cannot_be_changed_does_not_count()),
        Case(c => c.A_run_that_is_not_known_is_not_made()),
        Case(c => c.A_run_that_has_an_owner_is_left_alone()),
        Case(c => c.What_was_running_at_a_crash_is_neither_counted_nor_forgotten()),
        Case(c => c.What_was_running_at_a_crash_does_not_count_against_an_item_that_was_retried_since()),
        Case(c => c.An_item_is_skipped_of_which_nothing_is_known_but_that_it_was_running_at_a_crash()),
        Case(c => c.Stored_input_of_a_skipped_item_comes_back_once_it_is_retried()),
        Case(c => c.Thousands_are_changed_by_one_call()),
    ];

    private ICheckpointStore Store => opened.Store;

    private static RunOptions Nightly => new() { RunId = "nightly" };

    private CheckpointInspector Inspector => new(Store);

    private Func<string, string, StageContext, Task> Body { get; set; } = (_, _, _) => Task.CompletedTask;

    public async Task An_item_that_is_retried_runs_the_failed_stage_again_and_none_before()
    {
        await FailInAsync("C", "x", "y");
        await opened.ReopenAsync();

        (await Inspector.RetryAsync("nightly", ["x"])).ShouldBe(1);

        InspectedItem retried = (await Inspector.GetItemAsync("nightly", "x")).ShouldNotBeNull();
        (retried.State, retried.Stage, retried.Attempts, retried.Error).ShouldBe((StoredItemState.Unfinished, "C", 0, null));
        PipelineReport<string> report = await RunAsync(items: ["x", "y"]);
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Succeeded, ResultStatus.Failed]);
        report.Results[0].Value.ShouldBe("xabc");
        _calls.ShouldBe(["C x"]);
        report.ResumedCount.ShouldBe(2);
    }

    public async Task An_item_that_is_skipped_ends_canceled_with_the_reason_and_nothing_of_it_runs()
    {
        await FailInAsync("B", "failed");
        await CancelInAsync("C", "half");
        await opened.ReopenAsync();

        (await Inspector.ExcludeAsync("nightly", ["failed", "half"], "The customer is gone. ☾")).ShouldBe(2);

        (await Inspector.GetItemsAsync("nightly", StoredItemState.Canceled).ToListAsync()).Select(item => (item.ItemId.ToString(), item.Stage, item.Error!.Message))
            .ShouldBe([("failed", "B", "The customer is gone. ☾"), ("half", "C", "The customer is gone. ☾")]);
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Canceled.ShouldBe(2);
        foreach (var options in (CheckpointOptions[])[new(), new() { ResumeFailed = true }])
        {
            PipelineReport<string> report = await RunAsync(options, "failed", "half", "new");
            report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Canceled, ResultStatus.Succeeded]);
            report.Results.Take(2).ShouldAllBe(result => result.Error is ItemExcludedException && result.Error.Message == "The customer is gone. ☾");
            report.Results.Take(2).Select(result => result.Stage).ShouldBe(["B", "C"]);
            (report.SucceededCount, report.FailedCount, report.CanceledCount, report.NotFedCount).ShouldBe((1, 0, 2, 0));
            _calls.ShouldNotContain(call => call.EndsWith("failed", StringComparison.Ordinal) || call.EndsWith("half", StringComparison.Ordinal));
        }
    }

    public async Task An_item_that_was_skipped_comes_back_when_it_is_retried_and_keeps_what_it_has_finished()
    {
        await CancelInAsync("B", "x");
        await Inspector.ExcludeAsync("nightly", ["x"], "wait");

        (await Inspector.RetryAsync("nightly", ["x"])).ShouldBe(1);

        (await RunAsync(items: ["x"])).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        _calls.ShouldBe(["B x", "C x"]);
    }

    public async Task What_cannot_be_changed_does_not_count()
    {
        await FailInAsync("B", "failed");
        await CancelInAsync("B", "half");
        await RunAsync(items: ["done"]);

        (await Inspector.RetryAsync("nightly", ["done", "half", "unknown", "failed", "failed"])).ShouldBe(1);
        (await Inspector.RetryAsync("nightly", ["failed"])).ShouldBe(0);
        (await Inspector.ExcludeAsync("nightly", ["done", "unknown", "half", "half"], "x")).ShouldBe(1);
        (await Inspector.ExcludeAsync("nightly", ["half"], "y")).ShouldBe(0);
        (await Inspector.RetryAsync("nightly", [])).ShouldBe(0);

        (await Inspector.GetItemAsync("nightly", "half")).ShouldNotBeNull().Error!.Message.ShouldBe("x");
        (await Inspector.GetItemAsync("nightly", "done")).ShouldNotBeNull().State.ShouldBe(StoredItemState.Succeeded);
        (await Inspector.GetItemAsync("nightly", "unknown")).ShouldBeNull();
    }

    public async Task A_run_that_is_not_known_is_not_made()
    {
        (await Inspector.RetryAsync("unknown", ["x"])).ShouldBe(0);
        (await Inspector.ExcludeAsync("unknown", ["x"], "gone")).ShouldBe(0);

        (await Store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty();
        (await Inspector.GetItemAsync("unknown", "x")).ShouldBeNull();
        (await Inspector.GetHistoryAsync("unknown", "x")).ShouldBeEmpty();
    }

    public async Task A_run_that_has_an_owner_is_left_alone()
    {
        await FailInAsync("B", "x");
        await using (ICheckpointRun owned = await Store.OpenRunAsync("nightly"))
        {
            var other = new CheckpointInspector(await opened.OpenAnotherStoreAsync());
            await Should.ThrowAsync<RunOwnedException>(() => other.RetryAsync("nightly", ["x"]));
            await Should.ThrowAsync<RunOwnedException>(() => other.ExcludeAsync("nightly", ["x"], "gone"));
            (await other.GetItemAsync("nightly", "x")).ShouldNotBeNull().State.ShouldBe(StoredItemState.Failed);
        }

        (await Inspector.RetryAsync("nightly", ["x"])).ShouldBe(1);
        (await Store.FindRunAsync("nightly")).ShouldNotBeNull().Owner.ShouldBeNull();
    }

    public async Task What_was_running_at_a_crash_is_neither_counted_nor_forgotten()
    {
        await FailInAsync("B", "failed");
        await CrashInAsync("B", "x");

        await Inspector.RetryAsync("nightly", ["failed"]);
        await Inspector.ExcludeAsync("nightly", ["failed"], "gone");

        (await Inspector.GetItemAsync("nightly", "x")).ShouldNotBeNull().Crashes.ShouldBe(0);
        await using (ICheckpointRun run = await Store.OpenRunAsync("nightly"))
            run.Interrupted.Select(mark => (mark.StageIndex, mark.Id)).ShouldBe([(1, "s:x")]);
        await RunAsync(items: ["x"]);
        await using (ICheckpointRun run = await Store.OpenRunAsync("nightly"))
            run.Interrupted.ShouldBeEmpty();
    }

    public async Task What_was_running_at_a_crash_does_not_count_against_an_item_that_was_retried_since()
    {
        await CrashInAsync("B", "x");
        await Inspector.ExcludeAsync("nightly", ["x"], "poison");
        await Inspector.RetryAsync("nightly", ["x"]);

        Body = (_, _, context) => _gate.PassAsync(context.ItemId.ToString(), context.CancellationToken);
        int arrived = _gate.Arrivals.Count;
        await using PipelineRun<string, string> run = Make(new CheckpointOptions()).Start(Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(arrived + 1);

        (await Inspector.GetItemAsync("nightly", "x")).ShouldNotBeNull().Crashes.ShouldBe(0);
        run.Cancel();
        await run.Completion.InTime();
    }

    public async Task An_item_is_skipped_of_which_nothing_is_known_but_that_it_was_running_at_a_crash()
    {
        await CrashInAsync("A", "poison", "innocent");
        (await Inspector.GetItemAsync("nightly", "poison")).ShouldBeNull();
        (await Inspector.RetryAsync("nightly", ["poison"])).ShouldBe(0);

        (await Inspector.ExcludeAsync("nightly", ["poison"], "It ends the process.")).ShouldBe(1);

        PipelineReport<string> report = await RunAsync(items: ["poison", "innocent"]);
        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Canceled, ResultStatus.Succeeded]);
        report.Results[0].Error!.Message.ShouldBe("It ends the process.");
        _calls.ShouldNotContain("A poison");
        (await Inspector.RetryAsync("nightly", ["poison"])).ShouldBe(1);
        (await RunAsync(items: ["poison"])).Results.ShouldHaveSingleItem().Value.ShouldBe("poisonabc");
    }

    public async Task Stored_input_of_a_skipped_item_comes_back_once_it_is_retried()
    {
        var options = new CheckpointOptions { PersistInput = true };
        await CancelInAsync("A", options, "x", "y");
        await Inspector.ExcludeAsync("nightly", ["x"], "wait");

        (await ComeBackAsync()).ShouldBe(["yabc"]);
        await Inspector.RetryAsync("nightly", ["x"]);
        (await ComeBackAsync()).ShouldBe(["xabc"]);

        async Task<string?[]> ComeBackAsync()
        {
            Body = (_, _, _) => Task.CompletedTask;
            await using PipelineRun<string, string> run = Make(options).Start(Nightly);
            run.Complete();
            return [.. (await run.Completion.InTime()).Results.Select(result => result.Value)];
        }
    }

    public async Task Thousands_are_changed_by_one_call()
    {
        string[] ids = [.. Enumerable.Range(0, 3_000).Select(number => $"i{number}")];
        await FailInAsync("B", ids);

        (await Inspector.ExcludeAsync("nightly", ids.Select(id => (ItemId)id), "too many")).ShouldBe(3_000);
        (await Inspector.RetryAsync("nightly", ids.Select(id => (ItemId)id))).ShouldBe(3_000);

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Unfinished.ShouldBe(3_000);
        (await Inspector.GetItemsAsync("nightly").ToListAsync()).Count.ShouldBe(3_000);
    }

    private Pipeline<string, string> Make(CheckpointOptions? options, ICheckpointStore? store = null)
    {
        _calls.Clear();
        return PipelineBuilder.StageWithContext<string, string>("A", (value, context) => DoAsync("A", value, context), workers: 2, Configure)
            .ThenWithContext("B", (value, context) => DoAsync("B", value, context), workers: 2, Configure)
            .ThenWithContext("C", (value, context) => DoAsync("C", value, context), workers: 2, Configure)
            .IdentifyBy(value => value)
            .WithCheckpoints(store ?? Store, options)
            .Build();
    }

    private static void Configure(StageOptions<string, string> options) => options.Retry = RetryPolicy.None;

    private async Task<string> DoAsync(string stage, string value, StageContext context)
    {
        _calls.Enqueue($"{stage} {context.ItemId}");
        await Body(stage, context.ItemId.ToString(), context);
        return value + stage.ToLowerInvariant();
    }

    private async Task<PipelineReport<string>> RunAsync(CheckpointOptions? options = null, params string[] items)
    {
        Body = (_, _, _) => Task.CompletedTask;
        return await Make(options).RunAsync(items, Nightly).InTime();
    }

    private async Task FailInAsync(string stage, params string[] items)
    {
        Body = (at, _, _) => at == stage ? throw new InvalidOperationException("down") : Task.CompletedTask;
        (await Make(options: null).RunAsync(items, Nightly).InTime()).FailedCount.ShouldBe(items.Length);
    }

    private Task CancelInAsync(string stage, params string[] items) => CancelInAsync(stage, options: null, items);

    private async Task CancelInAsync(string stage, CheckpointOptions? options, params string[] items)
    {
        await using PipelineRun<string, string> run = await HoldInAsync(stage, Store, options, items);
        run.Cancel();
        (await run.Completion.InTime()).CanceledCount.ShouldBe(items.Length);
    }

    private async Task CrashInAsync(string stage, params string[] items)
    {
        var chaos = new ChaosStore(Store);
        await using PipelineRun<string, string> run = await HoldInAsync(stage, chaos, options: null, items);
        await opened.Fixture.CrashAsync(chaos.LastRun!);
    }

    private async Task<PipelineRun<string, string>> HoldInAsync(string stage, ICheckpointStore store, CheckpointOptions? options, string[] items)
    {
        int arrived = _gate.Arrivals.Count;
        Body = (at, item, context) => at == stage ? _gate.PassAsync(item, context.CancellationToken) : Task.CompletedTask;
        PipelineRun<string, string> run = Make(options, store).Start(Nightly);
        await run.FeedAsync(items).InTime();
        await _gate.WhenArrivedAsync(arrived + items.Length);
        return run;
    }

    private static ConformanceCase Case(Func<OperatorsCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Operators", opened => run(new OperatorsCases(opened)), call);
}
