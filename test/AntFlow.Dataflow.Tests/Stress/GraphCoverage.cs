using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Notes what the graph of a plan has.</summary>
internal static class GraphCoverage
{
    /// <summary>What graphs have.</summary>
    public static readonly string[] OfGraphs = [.. Coverage.All<Shape>(), "Branch.default", "Branch.empty", "Branch.nested", "Branch.several keys", "Branch.at the end", "Branch.empty at the end"];

    /// <summary>What the plans of one run have, and what their runs meet.</summary>
    public static readonly string[] Required =
    [
        .. OfGraphs, "Branch.fed into", "Place.one for each worker of a poll", "Place.one for a poll", "Place.one of everything",
        "Where.passes", "Where.is filtered out", "Switch.has a route", "Switch.has no route", "Switch.null key",
        "Poll.again", "Poll.after", "Poll.is done", "Poll.has failed", "Poll.timed out", "Poll.in a snapshot", "Poll.first at once", "Poll.skips", "Where.skips",
        .. Enum.GetValues<Move>().Where(move => move is > Move.Complete and not Move.CancelToken).Select(move => $"Ended while polling.{move}"),
        .. Enum.GetValues<Shape>().SelectMany(shape => Enum.GetValues<Fault>().Where(fault => fault != Fault.None).Select(fault => $"Fault in {shape}.{fault}")),
    ];

    public static void See(GraphPlan graph, Coverage coverage)
    {
        foreach (ElementPlan element in graph.Elements)
        {
            coverage.See(element.Shape);
            if (element.Shape == Shape.Switch && element.Depth > 0)
                coverage.See("Branch.nested");
            if (element.Depth > 0 && graph.TargetsOf(element.Stage).Contains(graph.End))
                coverage.See("Branch.at the end");
            if (element.Shape == Shape.Switch && graph.TargetsOf(element.Stage).Contains(graph.End))
                coverage.See("Branch.empty at the end");
            foreach (BranchPlan branch in element.Branches)
                See(branch, coverage);
        }
    }

    public static void See(Plan plan, Coverage coverage)
    {
        See(plan.Graph, coverage);
        foreach (StagePlan stage in plan.Stages)
            See(stage, coverage);
        if (plan.Stages.Count > 2 && plan.Stages.All(stage => stage is { Workers: 1, Capacity: 1, MaxInFlight: 1 }))
            coverage.See("Place.one of everything");
        if (plan.Feeders.Any(feeder => plan.Graph.Elements[feeder.Stage].Depth > 0 && feeder.Count > 0))
            coverage.See("Branch.fed into");
    }

    private static void See(BranchPlan branch, Coverage coverage)
    {
        if (branch.Keys is null)
            coverage.See("Branch.default");
        if (branch.Keys?.Count > 1)
            coverage.See("Branch.several keys");
        if (branch.Scope.Elements.Count == 0)
            coverage.See("Branch.empty");
    }

    private static void See(StagePlan stage, Coverage coverage)
    {
        if (stage.Skips)
            coverage.See($"{stage.Shape}.skips");
        if (stage.Poll is null)
            return;
        if (stage.Poll.FirstMs == 0)
            coverage.See("Poll.first at once");
        if (stage.MaxInFlight == stage.Workers)
            coverage.See(stage.Workers == 1 ? "Place.one for a poll" : "Place.one for each worker of a poll");
    }
}
