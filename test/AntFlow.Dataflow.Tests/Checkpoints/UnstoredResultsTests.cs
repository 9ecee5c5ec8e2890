using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A stage that says so is not stored: after a restart it runs again, from the last stored result on.</summary>
public sealed class UnstoredResultsTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly List<string> _calls = [];

    [Test]
    public async Task After_a_restart_an_item_runs_again_what_was_not_stored_since_its_last_stored_result()
    {
        PipelineReport<string> first = await Make(failsIn: "D").LiveAsync("x");
        first.Results.Single().Stage.ShouldBe("D");
        _calls.ShouldBe(["A x", "B xa", "C xab", "D xabc"]);

        _calls.Clear();
        PipelineReport<string> second = await Make().LiveAsync("x");

        second.Results.Single().Value.ShouldBe("xabcd");
        _calls.ShouldBe(["B xa", "C xab", "D xabc"]);
        second.ResumedCount.ShouldBe(1);

        _calls.Clear();
        (await Make().LiveAsync("x")).Results.Single().Value.ShouldBe("xabcd");
        _calls.ShouldBeEmpty("what has ended is not repeated");
    }

    [Test]
    public async Task An_item_that_has_failed_in_such_a_stage_stays_failed_there()
    {
        await Make(failsIn: "C").LiveAsync("x");
        _calls.Clear();

        PipelineResult<string> result = (await Make(resumesFailed: false).LiveAsync("x")).Results.Single();

        (result.Status, result.Stage, result.StageInput).ShouldBe((ResultStatus.Failed, "C", null));
        _calls.ShouldBeEmpty();
    }

    [Test]
    public async Task Failed_attempts_in_such_a_stage_count_after_a_restart()
    {
        await using (PipelineRun<string, string> run = Make(failsIn: "C", retry: RetryPolicy.Fixed(2, TimeSpan.FromHours(1))).Start(Lives.Nightly))
        {
            await run.FeedAsync(["x"]);
            await Testing.Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        }

        _calls.Clear();
        await using PipelineRun<string, string> again = Make(failsIn: "C", retry: RetryPolicy.Fixed(2, TimeSpan.FromHours(1))).Start(Lives.Nightly);
        await again.FeedAsync(["x"]);
        await Testing.Waiting.UntilAsync(() => again.GetSnapshot().Stages[2].Retrying == 1);

        // It waits for the rest of the delay where it has failed, and comes there anew.
        _calls.ShouldBe(["B xa"]);
    }

    [Test]
    public async Task Crashes_in_such_a_stage_are_counted_and_the_item_fails_in_it()
    {
        var gate = new Gate<string>();
        var store = new FragileStore(_store);
        for (int crash = 1; crash <= 3; crash++)
            await Blocked(store, gate).DieAsync(store, gate.WhenArrivedAsync(crash), "x");
        _calls.Clear();

        PipelineResult<string> result = (await Blocked(store, gate).LiveAsync("x")).Results.Single();

        result.Error.ShouldBeOfType<StoredFailureException>().Message.ShouldStartWith("The process crashed 3 times while stage 'C' ran the item;");
        _calls.ShouldBeEmpty();
    }

    [Test]
    public async Task The_result_need_not_be_of_a_type_that_can_be_stored()
    {
        Pipeline<string, int> pipeline = PipelineBuilder
            .Stage<string, Stream>("Open", text => new MemoryStream(text.Select(letter => (byte)letter).ToArray()), configure: s => s.IsStored = false)
            .Then("Wrap", stream => new { Stream = stream, Length = (int)stream.Length }, configure: s => s.IsStored = false)
            .Then("Measure", wrapped => wrapped.Length)
            .IdentifyBy(text => text)
            .WithCheckpoints(_store)
            .Build();

        (await pipeline.LiveAsync("four")).Results.Single().Value.ShouldBe(4);
    }

    [Test]
    public async Task Behind_a_switch_an_item_goes_on_in_its_own_branch_and_repeats_what_was_not_stored_there()
    {
        await MakeBranches(fails: true).LiveAsync("a", "b");
        _calls.Clear();

        PipelineReport<string> report = await MakeBranches(fails: false).LiveAsync("a", "b");

        report.Results.Select(result => result.Value).ShouldBe(["a1!", "b2!"]);
        _calls.ShouldBe(["One", "AfterOne", "Two", "AfterTwo"], ignoreOrder: true);
    }

    [Test]
    public async Task A_stage_that_is_stored_no_longer_has_not_changed()
    {
        await Make(failsIn: "D", isStored: true).LiveAsync("x");
        _calls.Clear();

        (await Make().LiveAsync("x")).Results.Single().Value.ShouldBe("xabcd");

        _calls.ShouldBe(["D xabc"]);
    }

    [Test]
    public void The_results_of_the_pipeline_must_be_stored()
    {
        PipelineBuilder<string, string> builder = PipelineBuilder.Stage<string, string>("A", x => x, configure: s => s.IsStored = false).IdentifyBy(x => x);

        builder.Build();
        Should.Throw<PipelineConfigurationException>(() => builder.WithCheckpoints(_store).Build()).Faults.ShouldBe(
            ["Stage 'A': IsStored is false, and its results are results of the pipeline: each restart would run it again for the items that have ended. Set StageOptions.IsStored to false only on a stage that another one follows."]);
    }

    [Test]
    public async Task Nothing_is_done_once_in_a_stage_that_is_repeated()
    {
        Pipeline<string, string> pipeline = PipelineBuilder
            .StageWithContext<string, string>("Create", (x, context) => context.OnceAsync("create", _ => Task.FromResult(x)), configure: s =>
            {
                s.IsStored = false;
                s.Retry = RetryPolicy.None;
            })
            .Then("Next", x => x)
            .IdentifyBy(x => x)
            .WithCheckpoints(_store)
            .Build();

        (await pipeline.LiveAsync("x")).Results.Single().Error!.Message.ShouldBe(
            "Stage 'Create' calls OnceAsync, and its IsStored is false: after a restart it would run again for items that have passed it, and no answer is kept that long. Set StageOptions.IsStored to true.");
    }

    // A and D are stored, B and C are not.
    private Pipeline<string, string> Make(string? failsIn = null, bool resumesFailed = true, bool isStored = false, RetryPolicy? retry = null) => PipelineBuilder
        .Stage<string, string>("A", x => Run("A", x, failsIn))
        .Then<string>("B", x => Run("B", x, failsIn), configure: s => s.IsStored = isStored)
        .Then<string>("C", x => Run("C", x, failsIn), configure: s => s.IsStored = isStored)
        .Then<string>("D", x => Run("D", x, failsIn))
        .WithStageDefaults(new StageDefaults { Retry = retry ?? RetryPolicy.None })
        .IdentifyBy(x => x)
        .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = resumesFailed })
        .Build();

    private string Run(string stage, string value, string? failsIn)
    {
        lock (_calls)
            _calls.Add($"{stage} {value}");
        return stage == failsIn ? throw new InvalidOperationException("down") : value + stage.ToLowerInvariant();
    }

    private Pipeline<string, string> Blocked(FragileStore store, Gate<string> gate) => PipelineBuilder
        .Stage<string, string>("A", x => Run("A", x, failsIn: null))
        .Then<string>("B", x => Run("B", x, failsIn: null), configure: s => s.IsStored = false)
        .Then<string>("C", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return Run("C", x, failsIn: null);
        }, configure: s => s.IsStored = false)
        .Then<string>("D", x => Run("D", x, failsIn: null))
        .IdentifyBy(x => x)
        .WithCheckpoints(store)
        .Build();

    private Pipeline<string, string> MakeBranches(bool fails) => PipelineBuilder.Of<string>()
        .ThenSwitch("Route", x => Note("Route", x), routes => routes
            .Case("a", b => b.Then("One", x => Note("One", x) + "1", configure: s => s.IsStored = false).Then("AfterOne", x => Fail(Note("AfterOne", x), fails)))
            .Case("b", b => b.Then("Two", x => Note("Two", x) + "2", configure: s => s.IsStored = false).Then("AfterTwo", x => Fail(Note("AfterTwo", x), fails))))
        .Then("Merge", x => x + "!")
        .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.None })
        .IdentifyBy(x => x)
        .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true })
        .Build();

    private static string Fail(string value, bool fails) => fails ? throw new InvalidOperationException("down") : value;

    private string Note(string call, string value)
    {
        lock (_calls)
            _calls.Add(call);
        return value;
    }
}
