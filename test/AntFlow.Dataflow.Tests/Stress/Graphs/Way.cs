using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Graphs;

/// <summary>How the way of an item ends, if nothing else ends it before.</summary>
internal enum WayEnd
{
    Passed,
    FilteredOut,
    WithoutRoute,
    JobFailed,
}

/// <summary>What a stage decides about an item.</summary>
/// <param name="End">How its way ends here; <see cref="WayEnd.Passed"/> if it goes on.</param>
/// <param name="Link">The link over which it goes on.</param>
internal readonly record struct Decision(WayEnd End, int Link = 0);

/// <summary>The way of an item through a planned pipeline: its stages in order, each once, and how it ends.</summary>
internal sealed record Way(IReadOnlyList<int> Stages, WayEnd End)
{
    /// <summary>Follows the decisions of the stages.</summary>
    /// <param name="graph">The pipeline.</param>
    /// <param name="entry">The stage the item is fed into.</param>
    /// <param name="decide">What a stage decides.</param>
    public static Way Of(GraphPlan graph, int entry, Func<int, Decision> decide)
    {
        List<int> stages = [];
        int at = entry;
        while (at != graph.End)
        {
            stages.Add(at);
            Decision decision = decide(at);
            if (decision.End != WayEnd.Passed)
                return new Way(stages, decision.End);
            at = graph.TargetsOf(at)[decision.Link];
        }

        return new Way(stages, WayEnd.Passed);
    }

    /// <summary>The stage before another one on the way; null if the way begins there.</summary>
    public int? Before(int stage) => Stages.TakeWhile(at => at != stage).Select(at => (int?)at).LastOrDefault();

    public bool Has(int stage) => Stages.Contains(stage);

    /// <summary>Whether the way ends in a stage in this manner.</summary>
    public bool EndsIn(int stage, WayEnd end) => End == end && Stages[^1] == stage;
}

/// <summary>What the functions of a planned pipeline answer about an item: it follows from the seed, the stage and the item, and from nothing else.</summary>
internal sealed class Decider(int seed, GraphPlan graph)
{
    /// <summary>Of how many items a filter lets each through: a share for each stage.</summary>
    public bool Passes(int stage, int item) => Dice.Of(seed, 31, stage, item).Percent(Dice.Of(seed, 32, stage).Pick(40, 80, 95));

    /// <summary>The key of an item: mostly one that has a branch.</summary>
    public int? KeyOf(int stage, int item)
    {
        Dice dice = Dice.Of(seed, 33, stage, item);
        int?[] routed = [.. graph.Elements[stage].Branches.SelectMany(branch => branch.Keys ?? [])];
        return routed.Length == 0 || dice.OneIn(8) ? GraphDrawing.Unrouted : dice.Pick(routed);
    }

    /// <summary>How many looks at an item find nothing.</summary>
    public int LooksBefore(int stage, int item) => Dice.Of(seed, 34, stage, item).Pick(0, 1, 1, 2, 3);

    /// <summary>Whether the last look at an item finds that it has failed.</summary>
    public bool HasFailed(int stage, int item) => Dice.Of(seed, 35, stage, item).OneIn(16);

    /// <summary>Decides in place of a stage that does not skip the item.</summary>
    public Decision Decide(int stage, int item)
    {
        ElementPlan element = graph.Elements[stage];
        return element.Shape switch
        {
            Shape.Where when !Passes(stage, item) => new Decision(WayEnd.FilteredOut),
            Shape.Poll when HasFailed(stage, item) => new Decision(WayEnd.JobFailed),
            Shape.Switch => LinkOf(element.Branches, KeyOf(stage, item)),
            _ => default,
        };
    }

    private static Decision LinkOf(IReadOnlyList<BranchPlan> branches, int? key)
    {
        int? byDefault = null;
        foreach ((int link, BranchPlan branch) in branches.Index())
        {
            if (branch.Keys is null)
                byDefault = link;
            else if (branch.Keys.Contains(key))
                return new Decision(WayEnd.Passed, link);
        }

        return byDefault is { } link1 ? new Decision(WayEnd.Passed, link1) : new Decision(WayEnd.WithoutRoute);
    }
}
