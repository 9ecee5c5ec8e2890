using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A run that was stored by another pipeline: nothing of it is read as something it is not.</summary>
public sealed class PipelineChangeTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly List<string> _calls = [];

    private Pipeline<string, string> Make(string stages, PipelineChangeHandling changeHandling = PipelineChangeHandling.Refuse, Action<StageOptions<string, string>, string>? configure = null)
    {
        PipelineBuilder<string, string>? builder = null;
        foreach (string stage in stages.Split(' '))
        {
            string name = stage.TrimEnd('0', '1', '2', '3');
            string? version = stage.Length > name.Length ? stage[name.Length..] : null;
            void Configure(StageOptions<string, string> options)
            {
                options.Version = version;
                options.Retry = RetryPolicy.None;
                configure?.Invoke(options, name);
            }

            string Work(string value)
            {
                lock (_calls)
                    _calls.Add(name);
                return value + stage;
            }

            builder = builder is null ? PipelineBuilder.Stage<string, string>(name, x => Work(x), workers: 1, Configure) : builder.Then<string>(name, x => Work(x), workers: 1, Configure);
        }

        return builder!.IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = changeHandling }).Build();
    }

    private async Task<string[]> LiveAsync(string stages, PipelineChangeHandling changeHandling = PipelineChangeHandling.Refuse, params string[] items)
    {
        _calls.Clear();
        PipelineReport<string> report = await Make(stages, changeHandling).LiveAsync(items.Length == 0 ? ["x"] : items);
        return [.. report.Results.Select(result => result.Value!)];
    }

    [TestCase("A B C", "A Bee C", "stage 2 was 'B' and is 'Bee'")]
    [TestCase("A B C", "New A B C", "stage 1 was 'A' and is 'New'; stage 2 was 'B' and is 'A'; stage 3 was 'C' and is 'B'; stage 4 'C' is new")]
    [TestCase("A B", "A New B", "stage 2 was 'B' and is 'New'; stage 3 'B' is new")]
    [TestCase("A B C", "A B C New", "stage 4 'New' is new")]
    [TestCase("A B C", "A B", "stage 3 'C' was removed")]
    [TestCase("A B C", "A C", "stage 2 was 'B' and is 'C'; stage 3 'C' was removed")]
    [TestCase("A B1 C", "A B2 C", "the Version of stage 'B' was '1' and is '2'")]
    [TestCase("A B C", "A B C1", "the Version of stage 'C' was not set and is '1'")]
    [TestCase("A1 B C", "A B C", "the Version of stage 'A' was '1' and is not set")]
    public async Task A_changed_pipeline_is_refused_with_what_differs_and_the_choices(string before, string after, string differs)
    {
        await LiveAsync(before);

        PipelineChangedException error = await Make(after).RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();

        error.RunId.ShouldBe("nightly");
        string.Join("; ", error.Differences).ShouldBe(differs);
        error.Message.ShouldBe($"Run 'nightly' was stored by a pipeline that differs: {differs}. Use another RunId, go back to the old pipeline, or set CheckpointOptions.PipelineChangeHandling to RestartChangedStages: then items keep what they have finished before the first changed stage.");
    }

    [Test]
    public async Task A_refused_run_is_as_it_was()
    {
        await LiveAsync("A B C");
        await Make("A B").RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();

        (await LiveAsync("A B C")).ShouldBe(["xABC"]);
        _calls.ShouldBeEmpty();
    }

    [Test]
    public async Task Start_has_the_refusal_as_Fault_and_feeds_throw_it()
    {
        await LiveAsync("A B C");
        await using PipelineRun<string, string> run = Make("A B").Start(Lives.Nightly);

        await run.FeedAsync(["x"]).CatchAsync<PipelineChangedException>();
        run.Complete();
        (await run.Completion.InTime()).Fault.ShouldBeOfType<PipelineChangedException>();
    }

    [TestCase("A B C", "A Bee C", "xABeeC", "Bee C")]
    [TestCase("A B C", "New A B C", "xNewABC", "New A B C")]
    [TestCase("A B", "A New B", "xANewB", "New B")]
    [TestCase("A B C", "A B C New", "xABCNew", "New")]
    [TestCase("A B C", "A B", "xAB", "")]
    [TestCase("A B C", "A C", "xAC", "C")]
    [TestCase("A B1 C", "A B2 C", "xAB2C", "B C")]
    public async Task RestartChangedStages_keeps_what_was_finished_before_the_first_changed_stage(string before, string after, string result, string calls)
    {
        await LiveAsync(before);

        (await LiveAsync(after, PipelineChangeHandling.RestartChangedStages)).ShouldBe([result]);
        _calls.ShouldBe(calls.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        // From now on that is the pipeline of the run.
        (await LiveAsync(after)).ShouldBe([result]);
        _calls.ShouldBeEmpty();
    }

    [Test]
    public async Task Items_that_were_not_fed_in_the_life_that_changed_restart_in_a_later_one()
    {
        await LiveAsync("A B1 C", items: ["x", "y"]);
        await LiveAsync("A B2 C", PipelineChangeHandling.RestartChangedStages, "x");

        (await LiveAsync("A B2 C", items: ["x", "y"])).ShouldBe(["xAB2C", "yAB2C"]);
        _calls.ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task Items_restart_though_the_pipeline_has_changed_once_more_behind()
    {
        await LiveAsync("A B1 C", items: ["x", "y"]);
        await LiveAsync("A B2 C", PipelineChangeHandling.RestartChangedStages, "x");

        (await LiveAsync("A B2 C2", PipelineChangeHandling.RestartChangedStages, "x", "y")).ShouldBe(["xAB2C2", "yAB2C2"]);
        _calls.Order().ShouldBe(["B", "C", "C"]);
    }

    [Test]
    public async Task A_failed_item_is_tried_again_if_its_stage_has_changed_and_not_otherwise()
    {
        Pipeline<string, string> Failing(string stages, PipelineChangeHandling changeHandling) => Make(stages, changeHandling, (options, name) => options.SkipIf = name == "B" ? _ => throw new InvalidOperationException("down") : null);
        (await Failing("A B C", PipelineChangeHandling.Refuse).LiveAsync("x")).FailedCount.ShouldBe(1);

        (await Make("A B C1", PipelineChangeHandling.RestartChangedStages).LiveAsync("x")).FailedCount.ShouldBe(1);
        (await LiveAsync("A B1 C1", PipelineChangeHandling.RestartChangedStages)).ShouldBe(["xAB1C1"]);
    }

    [Test]
    public async Task What_does_not_touch_values_is_no_change()
    {
        await LiveAsync("A B C");
        _calls.Clear();
        Pipeline<string, string> other = Make("A B C", configure: (options, _) =>
        {
            options.Workers = 7;
            options.QueueCapacity = 3;
            options.MaxInFlight = 20;
            options.Retry = RetryPolicy.Default;
            options.AttemptTimeout = TimeSpan.FromHours(1);
            options.SkipIf = _ => false;
            options.OnSuccess = (_, _) => ValueTask.CompletedTask;
        });

        (await other.LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("xABC");
        _calls.ShouldBeEmpty();
    }

    [Test]
    public async Task What_was_done_once_in_a_stage_is_not_given_to_another_one_that_came_in_front()
    {
        int made = 0;
        Pipeline<string, string> MakeLife(params string[] stages)
        {
            PipelineBuilder<string, string>? builder = null;
            foreach (string stage in stages)
            {
                async Task<string> DoAsync(string x, StageContext context) => x + await context.OnceAsync("id", _ => Task.FromResult($" {stage}{++made}"));
                builder = builder is null ? PipelineBuilder.StageWithContext<string, string>(stage, DoAsync) : builder.ThenWithContext<string>(stage, DoAsync);
            }

            return builder!.IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }).Build();
        }

        (await MakeLife("A", "B").LiveAsync("x")).Results[0].Value.ShouldBe("x A1 B2");

        string value = (await MakeLife("New", "A", "B").LiveAsync("x")).Results[0].Value!;
        value.ShouldStartWith("x New3");
    }
}
