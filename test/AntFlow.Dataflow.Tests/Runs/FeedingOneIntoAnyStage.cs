using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class FeedingOneIntoAnyStage
{
    private readonly Stage<int, string> _first = Stage.Create<int, string>("A", x => $"{x}a");
    private readonly Stage<string, string> _second = Stage.Create<string, string>("B", x => x + "b", configure: s => s.QueueCapacity = 1);

    [Test]
    public async Task One_item_goes_past_the_stages_before()
    {
        await using PipelineRun<int, string> run = Make().Start();

        (await run.FeedOneAsync(_second, "x")).ShouldBeTrue();
        (await run.FeedOneAsync(_second, new WorkItem<string>("y") { Id = "y", Priority = 3 })).ShouldBeTrue();
        (await run.FeedOneAsync(_first, 1)).ShouldBeTrue();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => result.Value).ShouldBe(["xb", "yb", "1ab"]);
        report.Results[1].ItemId.ShouldBe("y");
    }

    [Test]
    public async Task One_item_is_tried_and_refused_where_there_is_no_room()
    {
        await using PipelineRun<int, string> run = Make().Start();
        run.Pause("B");

        run.TryFeedOne(_second, "x").ShouldBeTrue();
        run.TryFeedOne(_second, new WorkItem<string>("y")).ShouldBeFalse("the queue holds one");
        run.TryFeedOne(_first, 1).ShouldBeTrue();
        run.Resume("B");
        run.Complete();

        (await run.Completion.InTime()).Results.Select(result => result.Value).ShouldBe(["xb", "1ab"]);
        run.TryFeedOne(_second, "z").ShouldBeFalse("the run has ended");
        await run.FeedOneAsync(_second, "z").CatchAsync<PipelineClosedException>();
    }

    [Test]
    public async Task A_stage_of_another_pipeline_is_refused()
    {
        Stage<string, string> other = Stage.Create<string, string>("B", x => x);
        await using PipelineRun<int, string> run = Make().Start();

        Should.Throw<ArgumentException>(() => { _ = run.FeedOneAsync(other, "x"); }).Message.ShouldContain("is not part of this pipeline");
        Should.Throw<ArgumentException>(() => run.TryFeedOne(other, "x"));
        Should.Throw<ArgumentNullException>(() => run.TryFeedOne(_second, (WorkItem<string>)null!));
    }

    private Pipeline<int, string> Make() => PipelineBuilder.Stage(_first).Then(_second).Build();
}
