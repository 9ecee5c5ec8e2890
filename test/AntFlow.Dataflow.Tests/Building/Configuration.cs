using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

public sealed class Configuration
{
    [Test]
    public void Zero_workers_are_refused_and_the_text_says_what_to_do()
    {
        Faults(PipelineBuilder.Stage<int, int>("Fetch", x => x, workers: 0)).ShouldBe(
            ["Stage 'Fetch': Workers is 0; it must be at least 1. Set it with workers: or StageOptions.Workers."]);
    }

    [Test]
    public void All_faults_of_all_stages_are_told_at_once()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: -1, s => s.QueueCapacity = 0)
            .Then("B", x => x, workers: 4, s =>
            {
                s.MaxInFlight = 3;
                s.AttemptTimeout = TimeSpan.Zero;
                s.ItemTimeout = TimeSpan.FromSeconds(-1);
                s.Retry = RetryPolicy.Fixed(0, TimeSpan.FromSeconds(-1));
            })
            .Then("B", x => x)
            .Then("", x => x)
            .Then("C", x => $"{x}", workers: 1, s => s.SkipIf = x => true)
            .Then("D", x => x.Length, workers: 1, s => s.RetryScope = (RetryScope)7);

        IReadOnlyList<string> faults = Faults(builder);

        foreach (string part in (string[])["'A': Workers is -1", "'A': QueueCapacity is 0", "'B': MaxInFlight is 3", "'B': AttemptTimeout is", "'B': ItemTimeout is", "'B': Retry.Attempts is 0", "'B': Retry.Delay is", "same name", "its name is empty", "'C': SkipIf is set", "'D': RetryScope is 7"])
            faults.ShouldContain(fault => fault.Contains(part), part);
    }

    [Test]
    public void A_stage_without_tasks_or_with_wrong_ones_is_refused()
    {
        Faults(PipelineBuilder.StageWithTasks<int, int>("A", (StageTasks<int, int> t) => t)).ShouldHaveSingleItem().ShouldContain("no tasks");
        Faults(PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", x => x).Task("one", x => x))).ShouldHaveSingleItem().ShouldContain("'one'");
        Faults(PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", x => x, maxConcurrency: 0))).ShouldHaveSingleItem().ShouldContain("maxConcurrency of task 'one' is 0");
        Faults(PipelineBuilder.Stage<int, int>("A", (Func<int, int>)null!)).ShouldHaveSingleItem().ShouldContain("null");
    }

    [Test]
    public void A_longest_delay_below_the_first_one_is_refused()
    {
        Faults(PipelineBuilder.Stage<int, int>("A", x => x, workers: 1, s => s.Retry = RetryPolicy.Exponential(3, TimeSpan.FromSeconds(10), maxDelay: TimeSpan.FromSeconds(1)))).ShouldBe(
            ["Stage 'A': Retry.MaxDelay is 00:00:01, below Retry.Delay, which is 00:00:10; it must be at least that, or null for no limit. Set it with StageOptions.Retry."]);
        PipelineBuilder.Stage<int, int>("A", x => x, workers: 1, s => s.Retry = RetryPolicy.Exponential(3, TimeSpan.FromSeconds(10), maxDelay: TimeSpan.FromSeconds(10))).Build();
    }

    [Test]
    public void SkipTo_is_needed_unless_the_input_is_assignable_to_the_output()
    {
        Faults(PipelineBuilder.Stage<int, string>("A", x => $"{x}", workers: 1, s => s.SkipIf = _ => true)).ShouldHaveSingleItem().ShouldContain("SkipTo");
        PipelineBuilder.Stage<string, object>("A", x => (object)x, workers: 1, s => s.SkipIf = _ => true).Build();
        PipelineBuilder.Stage<int, string>("A", x => $"{x}", workers: 1, s =>
        {
            s.SkipIf = _ => true;
            s.SkipTo = x => "skipped";
        }).Build();
    }

    [Test]
    public void Configure_runs_at_the_call_after_workers_and_wins()
    {
        int seen = 0;
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", x => x, workers: 3, s =>
        {
            seen = s.Workers;
            s.Workers = 7;
        });

        seen.ShouldBe(3);
        builder.Build().WorkerNames["A"].Count.ShouldBe(7);
    }

    [Test]
    public void Options_are_copied()
    {
        StageOptions<int, int>? kept = null;
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", x => x, workers: 3, s => kept = s);
        kept!.Workers = 0;

        builder.Build().WorkerNames["A"].Count.ShouldBe(3);
    }

    [Test]
    public void The_defaults_are_those_of_the_documents()
    {
        var options = new StageOptions<int, int>();

        options.Workers.ShouldBe(1);
        options.QueueCapacity.ShouldBeNull();
        options.Retry.ShouldBeSameAs(RetryPolicy.Default);
        options.RetryScope.ShouldBe(RetryScope.Task);
        options.AttemptTimeout.ShouldBeNull();
        options.ItemTimeout.ShouldBeNull();
        options.MaxInFlight.ShouldBeNull();
        StageOptions.Unbounded.ShouldBe(-1);
        new RunOptions().AbandonAfter.ShouldBe(TimeSpan.FromSeconds(30));
        new RunOptions().CollectResults.ShouldBeTrue();
        RetryPolicy.Default.Attempts.ShouldBe(3);
        RetryPolicy.Default.ThrottleTimeout.ShouldBe(TimeSpan.FromHours(24));
        RetryPolicy.None.Attempts.ShouldBe(1);
        (ItemPriority.High, ItemPriority.Normal, ItemPriority.Low).ShouldBe((10, 100, 1000));
    }

    [Test]
    public async Task Wrong_options_of_a_run_are_refused_when_it_starts()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        var options = new RunOptions
        {
            RunId = " ",
            ResultCapacity = 0,
            AbandonAfter = TimeSpan.FromSeconds(-1),
            UpdateInterval = TimeSpan.Zero,
            StopAfterFailures = 0,
            StopMode = (StopMode)7,
            DuplicateHandling = (DuplicateHandling)8,
            Observers = [null!],
            GracePeriod = TimeSpan.FromSeconds(-2),
            Total = -1,
        };

        Should.Throw<PipelineConfigurationException>(() => pipeline.Start(options)).Faults.ShouldBe(
            [
                "RunOptions.RunId is ' '; it must have a character that is not white space.",
                "RunOptions.ResultCapacity is 0; it must be at least 1.",
                "RunOptions.AbandonAfter is -00:00:01; it must be at least 00:00:00.",
                "RunOptions.UpdateInterval is 00:00:00; it must be above 00:00:00.",
                "RunOptions.StopAfterFailures is 0; it must be at least 1.",
                "RunOptions.StopMode is 7; it must be AfterStage or AfterItem.",
                "RunOptions.DuplicateHandling is 8; it must be Fail or Ignore.",
                "RunOptions.Observers is a list with null in it; it must have observers only.",
                "RunOptions.GracePeriod is -00:00:02; it must be at least 00:00:00.",
                "RunOptions.Total is -1; it must be at least 0.",
            ]);
        Should.Throw<PipelineConfigurationException>(() => pipeline.Start(new RunOptions { Observers = null! })).Faults.ShouldBe(["RunOptions.Observers is null; it must have a value."]);
        (await Should.ThrowAsync<PipelineConfigurationException>(() => pipeline.RunAsync([1], options))).Faults.Count.ShouldBe(10);
        await using PipelineRun<int, int> run = pipeline.Start();
        Should.Throw<ArgumentOutOfRangeException>(() => { _ = run.StopAsync(TimeSpan.FromSeconds(-1)); });
    }

    [Test]
    public async Task Builders_are_immutable_and_forks_are_fine()
    {
        PipelineBuilder<int, int> trunk = PipelineBuilder.Stage<int, int>("A", x => x + 1);
        Pipeline<int, int> left = trunk.Then("B", x => x * 10).Build();
        Pipeline<int, string> right = trunk.Then("C", x => $"<{x}>").Build();

        (await left.RunAsync([1])).Results[0].Value.ShouldBe(20);
        (await right.RunAsync([1])).Results[0].Value.ShouldBe("<2>");
        (await trunk.RunAsync([1])).Results[0].Value.ShouldBe(2);
    }

    [Test]
    public async Task A_pipeline_is_a_blueprint_and_two_runs_at_once_are_fine()
    {
        Stage<int, int> shared = Stage.Create<int, int>("A", x => x + 1, workers: 2);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage(shared).Build();
        Pipeline<int, int> other = PipelineBuilder.Stage(shared).Then("B", x => -x).Build();

        PipelineReport<int>[] reports = await Task.WhenAll(pipeline.RunAsync(Enumerable.Range(0, 50)), pipeline.RunAsync(Enumerable.Range(100, 50)), other.RunAsync([1]));

        reports[0].Results.Select(r => r.Value).ShouldBe(Enumerable.Range(1, 50));
        reports[1].Results.Select(r => r.Value).ShouldBe(Enumerable.Range(101, 50));
        reports[2].Results[0].Value.ShouldBe(-2);
    }

    [Test]
    public void Worker_names_are_known_before_a_run()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("Fetch", x => x, workers: 2).Then("Save", x => x).Build();

        pipeline.WorkerNames["Fetch"].ShouldBe(["Fetch-W0", "Fetch-W1"]);
        pipeline.WorkerNames["Save"].ShouldBe(["Save-W0"]);
    }

    [Test]
    public async Task One_line_names_its_stage_after_the_function()
    {
        (await Pipeline.RunAsync([1], Double, workers: 2)).Snapshot.Stages.Single().ShouldSatisfyAllConditions(s => s.Name.ShouldBe("Double"), s => s.Workers.ShouldBe(2));
        (await Pipeline.RunAsync([1], (int x) => x)).Snapshot.Stages.Single().Name.ShouldBe("Stage1");

        static int Halve(int x) => x / 2;
        (await Pipeline.RunAsync([8], Halve)).Snapshot.Stages.Single().Name.ShouldBe("Halve", "functions inside functions have names, too");
    }

    [Test]
    public async Task One_line_of_several_tasks_is_said_by_the_builder_and_mixes_their_forms()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("Double", DoubleAsync, workers: 5, s => s.Retry = RetryPolicy.None)
            .Then("Triple", Triple)
            .ThenWithContext("Number", (x, context) => x + context.Attempt)
            .RunAsync(CountAsync(), new RunOptions { OrderResults = true }, CancellationToken.None);

        report.Results.Select(r => r.Value).ShouldBe([7, 13]);
        report.Snapshot.Stages.Select(s => s.Name).ShouldBe(["Double", "Triple", "Number"]);

        static async IAsyncEnumerable<int> CountAsync()
        {
            await Task.Yield();
            yield return 1;
            yield return 2;
        }
    }

    [Test]
    public async Task One_line_never_leaves_a_task_unawaited()
    {
        (await Pipeline.RunAsync([1], DoubleAsync)).Results[0].Value.ShouldBe(2);
        Func<int, Task<Task<int>>> hidden = x => Task.FromResult(Task.FromResult(x));

        PipelineConfigurationException refused = await Should.ThrowAsync<PipelineConfigurationException>(async () => await Pipeline.RunAsync([1], hidden));

        refused.Message.ShouldContain("would never be awaited");
    }

    [Test]
    public async Task Options_that_do_not_name_what_a_stage_makes_can_be_set_for_stages_that_make_different_things()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, string>("A", x => $"{x}", workers: 1, SetUp)
            .Then("B", x => x.Length, workers: 1, SetUp)
            .Build()
            .RunAsync([1]);

        report.Snapshot.Stages.ShouldAllBe(stage => stage.Workers == 3 && stage.QueueCapacity == 7);

        static void SetUp<T>(StageOptions<T> options) => (options.Workers, options.QueueCapacity) = (3, 7);
    }

    private static int Triple(int x) => x * 3;

    private static int Double(int x) => x * 2;

    private static async Task<int> DoubleAsync(int x)
    {
        await Task.Yield();
        return x * 2;
    }

    private static IReadOnlyList<string> Faults<TIn, TOut>(PipelineBuilder<TIn, TOut> builder) =>
        Should.Throw<PipelineConfigurationException>(() => builder.Build()).Faults;
}
