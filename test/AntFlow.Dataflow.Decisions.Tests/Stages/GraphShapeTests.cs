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
        shape.Exits.ShouldBe([way[^1]]);
        shape.IsLine.ShouldBeTrue();
        shape.Count.ShouldBe(count);
    }

    [Test]
    public void An_exit_is_a_stage_after_which_comes_the_end([Values(1, 2, 5)] int count)
    {
        var shape = new GraphShape(count);

        foreach (int stage in Enumerable.Range(0, count))
            shape.IsExit(stage).ShouldBe(shape.NextOf(stage) == shape.End);
        shape.IsExit(shape.Exits.Single()).ShouldBeTrue();
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

    // 0 -> 1 (switch) -> 2, 3 -> 4 (switch) -> 5 and past it, and past both; all merge in 6; 6 leads to 7 and, as 7 does, to the results.
    private static readonly GraphShape _branches = new([[1], [2, 3, 6], [6], [4], [5, 6], [6], [7, 8], [8]]);

    [Test]
    public void Branches_are_links_of_their_switch()
    {
        _branches.IsLine.ShouldBeFalse();
        Enumerable.Range(0, 8).Where(_branches.IsSwitch).ShouldBe([1, 4, 6]);
        _branches.TargetsOf(1).ShouldBe([2, 3, 6]);
        (_branches.NextOf(1, 0), _branches.NextOf(1, 1), _branches.NextOf(1, 2), _branches.NextOf(3)).ShouldBe((2, 3, 6, 4));
        (_branches.LinkBetween(1, 6), _branches.LinkBetween(4, 5), _branches.LinkBetween(6, 8)).ShouldBe((2, 0, 1));
    }

    [Test]
    public void A_merge_has_all_its_predecessors_and_theirs_before_it()
    {
        _branches.PredecessorsOf(6).ShouldBe([1, 2, 4, 5]);
        _branches.StepInto(6).ShouldBe(5);
        _branches.UpTo(6).ShouldBe([0, 1, 2, 3, 4, 5, 6]);
        _branches.UpTo(5).ShouldBe([0, 1, 3, 4, 5]);
        _branches.UpTo(2).ShouldBe([0, 1, 2]);
    }

    [Test]
    public void Each_stage_with_a_link_to_the_results_is_an_exit()
    {
        _branches.Exits.ShouldBe([6, 7]);
        _branches.StepInto(_branches.End).ShouldBe(7);
    }
}
