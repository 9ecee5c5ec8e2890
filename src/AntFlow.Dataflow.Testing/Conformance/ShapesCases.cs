using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AntFlow.Dataflow.Shapes;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Pipelines that branch, filter and poll, restarted over a store: what a row says of the way of an item leads it there again.</summary>
internal sealed class ShapesCases(OpenedFixture opened)
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Gate<string> _gate = new();
    private ChaosStore? _chaos;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("Route", "l", "Route A B M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("A", "l", "A B M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("B", "l", "B M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("C", "r", "C D M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("D", "r", "D M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("M", "l", "M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("M", "r", "M")),
        Case(c => c.What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value("M", "x", "M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("A", "l1", "l1", "A B M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("C", "r1", "r1", "C D M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("D", "r1", "r1c", "D M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("M", "l1", "l1ab", "M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("M", "r1", "r1cd", "M")),
        Case(c => c.What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there("M", "x1", "x1", "M")),
        Case(c => c.An_item_of_each_branch_comes_back_by_itself_if_its_input_is_stored()),
        Case(c => c.What_was_filtered_out_stays_out_and_is_not_asked_for_again()),
        Case(c => c.What_was_filtered_out_in_a_branch_is_a_result_there()),
        Case(c => c.What_is_polled_at_the_crash_is_looked_at_again_and_nothing_before_it_runs_again()),
        Case(c => c.The_time_that_an_item_may_be_polled_goes_on_over_a_crash()),
        Case(c => c.If_a_stage_of_a_later_branch_has_changed_an_earlier_branch_keeps_what_it_has_finished()),
        Case(c => c.If_a_stage_of_an_earlier_branch_has_changed_what_is_before_it_keeps_what_it_has_finished()),
    ];

    private ICheckpointStore Store => opened.Store;

    private static RunOptions Nightly => new() { RunId = "nightly" };

    /// <summary>What a stage does with an item in addition, before it returns.</summary>
    private Func<string, string, CancellationToken, Task> Body { get; set; } = (_, _, _) => Task.CompletedTask;

    public async Task What_was_in_a_branch_at_the_crash_goes_on_in_its_own_branch_with_its_value(string stage, string branch, string calls)
    {
        string[] items = [$"{branch}1", $"{branch}2"];
        await CrashInAsync(stage, items);
        _calls.Clear();

        PipelineReport<string> report = await RunAsync(Branching(), items);

        report.Results.Select(result => result.Value).ShouldBe(items.Select(ResultOf));
        items.Select(CallsOf).ShouldAllBe(called => called == calls);
        report.ResumedCount.ShouldBe(2);
    }

    public async Task What_has_failed_in_a_branch_or_behind_it_has_the_value_it_failed_with_and_is_tried_again_there(string stage, string item, string value, string calls)
    {
        Body = (at, failing, _) => at == stage && failing == item ? throw new InvalidOperationException("down") : Task.CompletedTask;
        string[] items = ["l1", "r1", "x1"];
        (await RunAsync(Branching(), items)).FailedCount.ShouldBe(1);
        Body = (_, _, _) => Task.CompletedTask;
        await opened.ReopenAsync();
        _calls.Clear();

        PipelineResult<string> failed = (await RunAsync(Branching(), items)).Results.Single(result => result.ItemId == item);

        (failed.Status, failed.Stage, failed.StageInput).ShouldBe((ResultStatus.Failed, stage, value));
        _calls.ShouldBeEmpty();
        PipelineReport<string> report = await RunAsync(Branching(new CheckpointOptions { ResumeFailed = true }), items);
        report.Results.Select(result => result.Value).ShouldBe(items.Select(ResultOf));
        CallsOf(item).ShouldBe(calls);
        _calls.ShouldAllBe(call => call.EndsWith(item, StringComparison.Ordinal));
    }

    public async Task An_item_of_each_branch_comes_back_by_itself_if_its_input_is_stored()
    {
        var options = new CheckpointOptions { PersistInput = true };
        string[] items = ["l1", "r1", "x1"];
        await CrashWhileAsync(Branching(options), (at, item) => (at, item) is ("B", "l1") or ("C", "r1") or ("M", "x1"), items, arrivals: 3);
        _calls.Clear();

        await using PipelineRun<string, string> run = Branching(options).Start(Nightly);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => result.Value).ShouldBe(items.Select(ResultOf), ignoreOrder: true);
        items.Select(CallsOf).ShouldBe(["B M", "C D M", "M"]);
    }

    public async Task What_was_filtered_out_stays_out_and_is_not_asked_for_again()
    {
        var options = new CheckpointOptions { PersistInput = true };
        await CrashWhileAsync(Filtering(options), (at, _) => at == "C", ["in", "out"], arrivals: 1, until: item => item.State == StoredItemState.Filtered);
        var inspector = new CheckpointInspector(Store);
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Filtered.ShouldBe(1);
        InspectedItem inspected = (await inspector.GetItemsAsync("nightly", StoredItemState.Filtered).ToListAsync()).ShouldHaveSingleItem();
        (inspected.ItemId, inspected.Stage, inspected.Error).ShouldBe(("out", "Valid", null));
        _calls.Clear();

        await using (PipelineRun<string, string> run = Filtering(options).Start(Nightly))
        {
            run.Complete();
            PipelineReport<string> back = await run.Completion.InTime();
            back.Results.ShouldHaveSingleItem().Value.ShouldBe("inac");
            back.FilteredCount.ShouldBe(0);
        }

        _calls.ShouldBe(["C in"]);
        await opened.ReopenAsync();
        foreach (bool resumesFailed in (bool[])[false, true])
        {
            PipelineReport<string> report = await RunAsync(Filtering(new CheckpointOptions { PersistInput = true, ResumeFailed = resumesFailed }), "in", "out");
            report.Results.Select(result => (result.Status, result.Stage)).ShouldBe([(ResultStatus.Succeeded, "C"), (ResultStatus.Filtered, "Valid")]);
            report.Results[1].Error.ShouldBeOfType<ItemFilteredException>().Stage.ShouldBe("Valid");
            (report.FilteredCount, report.ResumedCount, report.NotFedCount).ShouldBe((1, 2, 0));
        }

        _calls.ShouldBe(["C in"]);
        (await new CheckpointInspector(Store).RetryAsync("nightly", ["out"])).ShouldBe(0);
        (await new CheckpointInspector(Store).ExcludeAsync("nightly", ["out"], "gone")).ShouldBe(0);
    }

    public async Task What_was_filtered_out_in_a_branch_is_a_result_there()
    {
        Pipeline<string, string> Make() => PipelineBuilder.Of<string>()
            .ThenSwitch("Route", value => value[0], routes => routes
                .Case('l', b => b.Then("A", (value, ct) => DoAsync("A", value, ct)))
                .Default(b => b.ThenWhere("Valid", (value, ct) => IsValidAsync(value, ct)).Then("D", (value, ct) => DoAsync("D", value, ct))))
            .Then("M", (value, ct) => DoAsync("M", value, ct))
            .IdentifyBy(value => value)
            .WithCheckpoints(Store)
            .Build();
        string[] items = ["l1", "out", "x1"];
        await RunAsync(Make(), items);
        await opened.ReopenAsync();
        _calls.Clear();

        PipelineReport<string> report = await RunAsync(Make(), items);

        report.Results.Select(result => (result.Status, result.Value, result.Stage)).ShouldBe([(ResultStatus.Succeeded, "l1am", "M"), (ResultStatus.Filtered, null, "Valid"), (ResultStatus.Succeeded, "x1dm", "M")]);
        _calls.ShouldBeEmpty();
    }

    public async Task What_is_polled_at_the_crash_is_looked_at_again_and_nothing_before_it_runs_again()
    {
        var time = new SteppedTime();
        bool isDone = false;
        Pipeline<string, string> pipeline = Polling(time, () => isDone, limit: null);
        await using (PipelineRun<string, string> run = pipeline.Start(Nightly))
        {
            await run.FeedAsync(["p1", "p2"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 2);
            await CrashAsync();
        }

        Calls().ShouldBe(["A Wait", "A Wait"]);
        _calls.Clear();
        await using PipelineRun<string, string> again = Polling(time, () => isDone, limit: null).Start(Nightly);
        await again.FeedAsync(["p1", "p2"]).InTime();
        again.Complete();
        await Waiting.UntilAsync(() => again.GetSnapshot().Polling == 2);
        Calls().ShouldBe(["Wait", "Wait"]);
        isDone = true;
        time.Advance(2 * _every);

        PipelineReport<string> report = await again.Completion.InTime();

        report.Results.Select(result => result.Value).ShouldBe(["p1awc", "p2awc"], ignoreOrder: true);
        Calls().ShouldBe(["Wait Wait C", "Wait Wait C"]);
        report.ResumedCount.ShouldBe(2);

        string[] Calls() => [CallsOf("p1"), CallsOf("p2")];
    }

    public async Task The_time_that_an_item_may_be_polled_goes_on_over_a_crash()
    {
        var time = new SteppedTime();
        await using (PipelineRun<string, string> run = Polling(time, () => false, limit: 3 * _every).Start(Nightly))
        {
            await run.FeedAsync(["p1"]).InTime();
            await Waiting.UntilAsync(() => run.GetSnapshot().Polling == 1);
            await CrashAsync();
        }

        time.Advance(2 * _every);
        await using PipelineRun<string, string> again = Polling(time, () => false, limit: 3 * _every).Start(Nightly);
        await again.FeedAsync(["p1"]).InTime();
        again.Complete();
        await Waiting.UntilAsync(() => again.GetSnapshot().Polling == 1);
        time.Advance(_every / 2);
        await Waiting.UntilAsync(() => again.GetSnapshot().Polling == 1);
        again.Completion.IsCompleted.ShouldBeFalse();
        time.Advance(_every);

        PipelineResult<string> result = (await again.Completion.InTime()).Results.ShouldHaveSingleItem();

        (result.Status, result.Stage).ShouldBe((ResultStatus.Failed, "Wait"));
        result.Error.ShouldBeOfType<AttemptTimeoutException>().Timeout.ShouldBe(3 * _every);
        CallsOf("p1").ShouldBe("A Wait Wait");
    }

    public async Task If_a_stage_of_a_later_branch_has_changed_an_earlier_branch_keeps_what_it_has_finished()
    {
        string[] items = ["l1", "l2", "l3", "r1", "r2", "r3", "x1"];
        await CrashWhileAsync(
            Branching(), (at, item) => (at, item) is ("B", "l1") or ("M", "l2") or ("C", "r1") or ("D", "r2") or ("M", "r3") or ("M", "x1"), items, arrivals: 6, until: IsThrough);
        await opened.ReopenAsync();
        _calls.Clear();
        (await Should.ThrowAsync<PipelineChangedException>(() => RunAsync(Branching(versionOfD: "2"), items))).Message.ShouldContain("'D'");
        _calls.ShouldBeEmpty();

        PipelineReport<string> report = await RunAsync(Branching(new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }, versionOfD: "2"), items);

        report.Results.Select(result => result.Value).ShouldBe(items.Select(ResultOf));
        // The merge is behind the change, so it runs again also for items of the other branches. One without a stage in its branch enters the switch again.
        items.Select(CallsOf).ShouldBe(["B M", "M", "M", "C D M", "D M", "D M", "Route M"]);
    }

    public async Task If_a_stage_of_an_earlier_branch_has_changed_what_is_before_it_keeps_what_it_has_finished()
    {
        string[] items = ["l1", "l2", "l3", "r1"];
        await CrashWhileAsync(Branching(), (at, item) => (at, item) is ("A", "l1") or ("B", "l2") or ("D", "r1"), items, arrivals: 3, until: IsThrough);
        await opened.ReopenAsync();
        _calls.Clear();

        PipelineReport<string> report = await RunAsync(Branching(new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }, versionOfB: "2"), items);

        report.Results.Select(result => result.Value).ShouldBe(items.Select(ResultOf));
        // Later branches count as behind the change: their items enter the switch again, and go on in the same branch.
        items.Select(CallsOf).ShouldBe(["A B M", "B M", "B M", "Route C D M"]);
    }

    private static bool IsThrough(StoredItem item) => item.State == StoredItemState.Succeeded;

    /// <summary>What comes of an item of <see cref="Branching"/>.</summary>
    private static string ResultOf(string item) => item[0] switch { 'l' => $"{item}abm", 'r' => $"{item}cdm", _ => $"{item}m" };

    /// <summary>Makes a switch with two branches of two stages and one without stages, and a stage behind them.</summary>
    private Pipeline<string, string> Branching(CheckpointOptions? options = null, string? versionOfB = null, string? versionOfD = null) => PipelineBuilder.Of<string>()
        .ThenSwitch("Route", (value, ct) => RouteAsync(value, ct), routes => routes
            .Case('l', b => b.Then("A", (value, ct) => DoAsync("A", value, ct), 8, s => s.Retry = RetryPolicy.None).Then("B", (value, ct) => DoAsync("B", value, ct), 8, Versioned(versionOfB)))
            .Case('r', b => b.Then("C", (value, ct) => DoAsync("C", value, ct), 8, s => s.Retry = RetryPolicy.None).Then("D", (value, ct) => DoAsync("D", value, ct), 8, Versioned(versionOfD)))
            .Default(b => b), workers: 8)
        .Then("M", (value, ct) => DoAsync("M", value, ct), 8, s => s.Retry = RetryPolicy.None)
        .IdentifyBy(value => value)
        .WithCheckpoints(_chaos = new ChaosStore(Store), options)
        .Build();

    private Pipeline<string, string> Filtering(CheckpointOptions options) => PipelineBuilder.Of<string>()
        .Then("A", (value, ct) => DoAsync("A", value, ct))
        .ThenWhere("Valid", (value, ct) => IsValidAsync(value, ct))
        .Then("C", (value, ct) => DoAsync("C", value, ct))
        .IdentifyBy(value => value)
        .WithCheckpoints(_chaos = new ChaosStore(Store), options)
        .Build();

    private Pipeline<string, string> Polling(TimeProvider time, Func<bool> isDone, TimeSpan? limit) => PipelineBuilder.Of<string>()
        .Then("A", (value, ct) => DoAsync("A", value, ct))
        .ThenPoll(
            "Wait",
            value =>
            {
                _calls.Enqueue($"Wait {ItemOf(value)}");
                return isDone() ? Poll.Done(value + "w") : Poll.Again;
            },
            _every,
            workers: 1,
            s => (s.First, s.ItemTimeout) = (TimeSpan.Zero, limit))
        .Then("C", (value, ct) => DoAsync("C", value, ct))
        .IdentifyBy(value => value)
        .WithTimeProvider(time)
        .WithCheckpoints(_chaos = new ChaosStore(Store))
        .Build();

    private static Action<StageOptions<string, string>> Versioned(string? version) => options => (options.Version, options.Retry) = (version, RetryPolicy.None);

    private async Task<char> RouteAsync(string value, CancellationToken cancellationToken)
    {
        await CallAsync("Route", value, cancellationToken);
        return value[0];
    }

    private async Task<bool> IsValidAsync(string value, CancellationToken cancellationToken)
    {
        await CallAsync("Valid", value, cancellationToken);
        return ItemOf(value) != "out";
    }

    private async Task<string> DoAsync(string stage, string value, CancellationToken cancellationToken)
    {
        await CallAsync(stage, value, cancellationToken);
        return value + stage.ToLowerInvariant();
    }

    private Task CallAsync(string stage, string value, CancellationToken cancellationToken)
    {
        string item = ItemOf(value);
        _calls.Enqueue($"{stage} {item}");
        return Body(stage, item, cancellationToken);
    }

    private static string ItemOf(string value) => value.TrimEnd('a', 'b', 'c', 'd', 'm', 'w');

    private string CallsOf(string item) => string.Join(' ', _calls.Where(call => call.EndsWith($" {item}", StringComparison.Ordinal)).Select(call => call[..call.IndexOf(' ', StringComparison.Ordinal)]));

    private async Task CrashAsync() => await opened.Fixture.CrashAsync(_chaos!.LastRun!);

    private Task CrashInAsync(string stage, string[] items) => CrashWhileAsync(Branching(), (at, _) => at == stage, items, items.Length);

    /// <summary>Starts a pipeline, and crashes once some stages have begun some items and an item is stored for which a condition holds.</summary>
    private async Task CrashWhileAsync(Pipeline<string, string> pipeline, Func<string, string, bool> isHeld, string[] items, int arrivals, Predicate<StoredItem>? until = null)
    {
        Body = (at, item, token) => isHeld(at, item) ? _gate.PassAsync(item, token) : Task.CompletedTask;
        await using (PipelineRun<string, string> run = pipeline.Start(Nightly))
        {
            await run.FeedAsync(items).InTime();
            await _gate.WhenArrivedAsync(arrivals);
            if (until is not null)
                await opened.UntilStoredAsync("nightly", until, Waiting.Patience, "it has ended");
            await CrashAsync();
        }

        Body = (_, _, _) => Task.CompletedTask;
    }

    private static Task<PipelineReport<string>> RunAsync(Pipeline<string, string> pipeline, params string[] items) => pipeline.RunAsync(items, Nightly).InTime();

    private static ConformanceCase Case(Func<ShapesCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Shapes", opened => run(new ShapesCases(opened)), call);
}
