using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>What is done once belongs to a stage by its name: a stage that has another position when the run resumes finds its own answers, and no others.</summary>
public sealed class MovedStageTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly List<string> _made = [];

    private Pipeline<string, string> Make(params string[] stages)
    {
        PipelineBuilder<string, string>? builder = null;
        foreach (string stage in stages)
            builder = builder is null ? PipelineBuilder.StageWithContext<string, string>(stage, (x, context) => DoAsync(x, context, stage)) : builder.ThenWithContext<string>(stage, (x, context) => DoAsync(x, context, stage));
        var options = new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages, UncertainAnswerHandling = UncertainAnswerHandling.Fail };
        return builder!.IdentifyBy(x => x).WithCheckpoints(_store, options).Build();
    }

    private async Task<string> DoAsync(string item, StageContext context, string stage)
    {
        string answer = await context.OnceAsync("batch", _ =>
        {
            _made.Add(stage);
            return Task.FromResult(stage[..1]);
        });
        return item + answer;
    }

    [Test]
    public async Task A_stage_that_moves_finds_what_it_has_done_and_a_new_one_in_its_place_does_not()
    {
        await Make("Upload", "Save").LiveAsync("x");
        _made.ShouldBe(["Upload", "Save"]);

        PipelineReport<string> report = await Make("Check", "Upload", "Save").LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xCUS");
        _made.ShouldBe(["Upload", "Save", "Check"]);
    }

    [Test]
    public async Task Stages_that_change_places_keep_their_answers()
    {
        await Make("Upload", "Save").LiveAsync("x");

        (await Make("Save", "Upload").LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("xSU");
        _made.ShouldBe(["Upload", "Save"]);
    }
}
