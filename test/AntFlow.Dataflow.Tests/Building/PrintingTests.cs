using System.Globalization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

public sealed class PrintingTests
{
    [Test]
    public void A_pipeline_prints_its_stages_with_their_workers()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("Fetch", x => x, workers: 1000).Then("Save", x => x).Build();

        $"{pipeline}".ShouldBe("Fetch (1000 workers) -> Save (1 worker)");
    }

    [Test]
    public void Tasks_are_told_where_they_say_more_than_the_name_of_the_stage()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Double", Double, workers: 2)
            .Then("Twice", Double, workers: 2)
            .ThenWithTasks("Enrich", t => t.Task("validate", (int x) => x).Task("fetch", (int x) => x, maxConcurrency: 2).Task("save", (int x) => x), workers: 50)
            .ThenWithTasks("Store", t => t.Task("Store", (int x) => x, maxConcurrency: 1), workers: 5)
            .Build();

        pipeline.ToString().ShouldBe("Double (2 workers) -> Twice (2 workers: Double) -> Enrich (50 workers: validate, fetch (max 2), save) -> Store (5 workers: Store (max 1))");
        pipeline.Stages[1].ToString().ShouldBe("Twice (2 workers: Double)");
    }

    [Test]
    public void A_stage_that_is_wrong_prints_too()
    {
        Stage.CreateWithTasks<int, int>("A", (StageTasks<int, int> t) => t, workers: -1).ToString().ShouldBe("A (-1 workers)");
    }

    [Test]
    [SetCulture("sv-SE")]
    public void Numbers_are_printed_in_the_invariant_culture()
    {
        CultureInfo.CurrentCulture.NumberFormat.NegativeSign.ShouldNotBe("-");
        Stage.Create<int, int>("A", x => x, workers: -1).ToString().ShouldBe("A (-1 workers)");
    }

    private static int Double(int x) => x * 2;
}
