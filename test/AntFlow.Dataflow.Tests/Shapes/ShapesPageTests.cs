using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.Tests.Conventions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>The pictures of the page are what the pipelines of the page draw.</summary>
public sealed class ShapesPageTests
{
    private static readonly string[] _pictures =
        [.. File.ReadAllText(Path.Combine(Repository.Root, "docs", "shapes.md")).Split("```mermaid\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])];

    private static Task<int> Work(int x, CancellationToken ct) => Task.FromResult(x);

    [Test]
    public void There_is_a_picture_for_each_shape() => _pictures.Length.ShouldBe(3);

    [Test]
    public void The_filter_is_drawn_as_the_page_shows_it() => PipelineBuilder
        .Stage<int, int>("Download", Work, workers: 8)
        .ThenWhere("Relevant", x => x > 0, workers: 4)
        .Then("Store", Work)
        .Build().ToMermaid().ShouldBe(_pictures[0]);

    [Test]
    public void The_switch_is_drawn_as_the_page_shows_it() => PipelineBuilder
        .Stage<int, int>("Download", Work, workers: 8)
        .ThenSwitch("Classify", x => x.ToString(), routes => routes
            .Case("html", b => b.Then("Html", Work, workers: 4))
            .Case("pdf", b => b.Then("Pdf", Work))
            .Default(b => b.Then("Text", Work)), workers: 8)
        .Then("Save", Work)
        .Build().ToMermaid().ShouldBe(_pictures[1]);

    [Test]
    public void The_poll_is_drawn_as_the_page_shows_it() => PipelineBuilder
        .Stage<int, int>("Upload", Work, workers: 10)
        .ThenPoll("Wait", x => Poll.Done(x), TimeSpan.FromSeconds(30), workers: 4)
        .Then("Store", Work, workers: 2)
        .Build().ToMermaid().ShouldBe(_pictures[2]);
}
