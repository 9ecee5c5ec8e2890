using AntFlow.Dataflow.Shapes;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary><c>ThenSwitch</c> passes each item on to the branch of its key; all branches lead to what follows.</summary>
public sealed class SwitchingTests
{
    public enum Kind
    {
        Html,
        Pdf,
        Other,
    }

    [Test]
    public async Task Each_item_goes_through_the_branch_of_its_key_and_all_meet_again()
    {
        PipelineReport<string> report = await PipelineBuilder.Of<(Kind Kind, int Number)>()
            .ThenSwitch("Classify", ClassifyAsync, routes => routes
                .Case(Kind.Html, b => b.Then("Html", page => $"html {page.Number}", workers: 4).Then("Clean", text => text.ToUpperInvariant()))
                .Case(Kind.Pdf, b => b.Then("Pdf", page => $"pdf {page.Number}"))
                .Default(b => b.Then("Other", page => $"other {page.Number}")), workers: 8)
            .Then("Save", text => text + "!")
            .RunAsync([(Kind.Pdf, 1), (Kind.Html, 2), (Kind.Other, 3)]);

        report.Results.Select(result => result.Value).ShouldBe(["pdf 1!", "HTML 2!", "other 3!"]);
        report.Snapshot.Stages.Select(stage => (stage.Name, stage.Depth, stage.Completed)).ShouldBe([("Classify", 0, 3), ("Html", 1, 1), ("Clean", 1, 1), ("Pdf", 1, 1), ("Other", 1, 1), ("Save", 0, 3)]);
        report.Snapshot.Links.ShouldBe(
        [
            new("Classify", "Html", 1), new("Classify", "Pdf", 1), new("Classify", "Other", 1), new("Html", "Clean", 1), new("Clean", "Save", 1), new("Pdf", "Save", 1), new("Other", "Save", 1), new("Save", null, 3),
        ]);

        static async Task<Kind> ClassifyAsync((Kind Kind, int Number) page, CancellationToken ct)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            return page.Kind;
        }
    }

    [Test]
    public async Task A_switch_may_be_the_end_and_results_name_the_stage_they_come_from()
    {
        PipelineReport<int> report = await PipelineBuilder.Of<int>()
            .ThenSwitch("Sign", x => Math.Sign(x), routes => routes.Case(-1, b => b.Then("Negate", x => -x)).Case(0, b => b).Default(b => b.Then("Keep", x => x).Then("Twice", x => 2 * x)))
            .RunAsync([-5, 0, 7]);

        report.Results.Select(result => (result.Value, result.Stage)).ShouldBe([(5, "Negate"), (0, "Sign"), (14, "Twice")]);
    }

    [Test]
    public async Task Switches_nest()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.Of<int>()
            .ThenSwitch("Size", x => x > 9, big => big
                .Case(true, b => b.ThenSwitch("Odd", x => x % 2, odd => odd.Case(1, o => o.Then("BigOdd", x => $"big odd {x}")).Default(o => o.Then("BigEven", x => $"big even {x}"))))
                .Case(false, b => b.Then("Small", x => $"small {x}")))
            .Then("End", text => text)
            .Build();

        PipelineReport<string> report = await pipeline.RunAsync([3, 10, 11]);

        report.Results.Select(result => result.Value).ShouldBe(["small 3", "big even 10", "big odd 11"]);
        pipeline.ToString().ShouldBe("Size (1 worker) -> [Odd (1 worker) -> [BigOdd (1 worker) | BigEven (1 worker)] | Small (1 worker)] -> End (1 worker)");
        report.Snapshot.Stages.Select(stage => stage.Depth).ShouldBe([0, 1, 2, 2, 1, 0]);
    }

    [Test]
    public async Task An_item_without_a_branch_fails_at_once_and_the_others_go_on()
    {
        var calls = 0;
        PipelineReport<string> report = await PipelineBuilder.Of<string?>()
            .ThenSwitch("Route", x => (calls++, x).x, routes => routes.Case("a", b => b.Then("A", x => x + "!")).Case(null, b => b.Then("Null", _ => "null")))
            .RunAsync(["a", "b", null]);

        report.Results.Select(result => (result.Status, result.Value)).ShouldBe([(ResultStatus.Succeeded, "a!"), (ResultStatus.Failed, null), (ResultStatus.Succeeded, "null")]);
        calls.ShouldBe(3, "a key without a branch is not retried");
        NoRouteException error = report.Results[1].Error.ShouldBeOfType<NoRouteException>();
        (error.Stage, error.Key).ShouldBe(("Route", "b"));
        error.Message.ShouldBe("Stage 'Route' has no case for the key 'b', and no default. Add a Case for it, or a Default.");
    }

    [Test]
    public async Task One_branch_may_have_several_keys()
    {
        PipelineReport<string> report = await PipelineBuilder.Of<int>()
            .ThenSwitch("Code", x => x, routes => routes.Cases([200, 201], b => b.Then("Good", x => "good")).Default(b => b.Then("Bad", x => "bad")))
            .RunAsync([200, 201, 500]);

        report.Results.Select(result => result.Value).ShouldBe(["good", "good", "bad"]);
    }

    [Test]
    public void Faults_of_a_switch_are_reported_together()
    {
        PipelineConfigurationException error = Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Of<int>()
            .ThenSwitch("Route", x => x, routes => routes
                .Case(1, b => b.Then("A", x => x))
                .Case(1, b => b)
                .Cases([], b => b)
                .Default(b => b.WithTimeProvider(TimeProvider.System))
                .Default(b => b.WithStageDefaults(new StageDefaults())), configure: s => s.SkipIf = _ => true)
            .Then("A", x => x)
            .Build());

        error.Faults.ShouldBe(
        [
            "Stage 'Route': the key '1' has two cases; remove one of them.",
            "Stage 'Route': a branch of Cases has no keys; give it at least one.",
            "Stage 'Route': branch 'default': it sets options of the pipeline (a tracker, an observer, a log, a clock, ids, checkpoints or stage defaults), which would be lost; set them on the pipeline.",
            "Stage 'Route': it has two defaults; remove one of them.",
            "Stage 'Route': SkipIf is set, and a switch cannot be skipped: a skipped item has no branch. Decide it in the function of the switch, with a branch that has no stages (b => b).",
            "Stage 'A': stage 3 has the same name as an earlier one; names of stages must differ.",
        ], ignoreOrder: true);
    }

    [Test]
    public async Task Items_can_be_fed_into_a_branch_and_behind_it()
    {
        await using PipelineRun<int, string> run = PipelineBuilder.Of<int>()
            .ThenSwitch("Sign", x => Math.Sign(x), routes => routes.Case(-1, b => b.Then("Minus", x => $"minus {x}")).Default(b => b.Then("Plus", x => $"plus {x}")))
            .Then("End", text => $"[{text}]")
            .Build().Start();

        await run.FeedAsync("Minus", [5]);
        await run.FeedAsync("End", ["as it is"]);
        await run.FeedAsync([1]);
        run.Complete();
        PipelineReport<string> report = await run.Completion;

        report.Results.Select(result => result.Value).ShouldBe(["[minus 5]", "[as it is]", "[plus 1]"]);
    }

    [Test]
    public async Task A_branch_with_a_full_queue_holds_the_switch_back_and_nothing_is_lost()
    {
        PipelineReport<int> report = await PipelineBuilder.Of<int>()
            .ThenSwitch("Route", x => x % 3, routes => routes
                .Case(0, b => b.Then("Slow", async x =>
                {
                    await Task.Yield();
                    return x;
                }, workers: 1, s => s.QueueCapacity = 1))
                .Case(1, b => b.Then("Quick", x => x, workers: 1, s => s.QueueCapacity = 1))
                .Default(b => b), workers: 3, s => s.QueueCapacity = 1)
            .Then("End", x => x, workers: 1, s => s.QueueCapacity = 1)
            .RunAsync(Enumerable.Range(0, 1_000));

        report.Results.Select(result => result.Value).ShouldBe(Enumerable.Range(0, 1_000));
    }
}
