using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class GraphShapeTests
{
    [Test]
    public void The_way_from_the_input_to_the_end_passes_each_stage_once([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);
        List<int> way = [];

        for (int place = shape.NextOf(GraphShape.Input); place != shape.End; place = shape.NextOf(place))
            way.Add(place);

        way.ShouldBe(Enumerable.Range(0, count));
        way[0].ShouldBe(shape.First);
        way[^1].ShouldBe(shape.Exit);
        shape.Count.ShouldBe(count);
    }

    [Test]
    public void An_exit_is_a_stage_after_which_comes_the_end([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);

        foreach (int stage in Enumerable.Range(0, count))
            shape.IsExit(stage).ShouldBe(shape.NextOf(stage) == shape.End);
        shape.IsExit(shape.Exit).ShouldBeTrue();
    }

    [Test]
    public void A_predecessor_is_a_stage_after_which_comes_this_one([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);
        int[] stages = [.. Enumerable.Range(0, count)];

        foreach (int stage in stages)
            shape.PredecessorsOf(stage).ShouldBe(stages.Where(earlier => shape.NextOf(earlier) == stage));
    }

    [Test]
    public void Up_to_a_stage_are_it_and_all_its_predecessors_and_theirs([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);

        foreach (int stage in Enumerable.Range(0, count))
            shape.UpTo(stage).ShouldBe([.. shape.PredecessorsOf(stage).SelectMany(shape.UpTo).Distinct(), stage]);
    }

    [Test]
    public void The_step_into_a_stage_is_what_comes_to_it([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);

        for (int step = GraphShape.Input; step < count; step++)
            shape.StepInto(shape.NextOf(step)).ShouldBe(step);
        shape.StepInto(GraphShape.Input).ShouldBeLessThan(GraphShape.Input);
    }

    [Test]
    public void What_has_passed_all_was_last_in_the_exit([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);

        foreach (int stage in Enumerable.Range(0, count))
            shape.StageAt(stage).ShouldBe(stage);
        shape.StageAt(shape.End).ShouldBe(shape.Exit);
    }
}
