using System.Globalization;

namespace AntFlow.Dataflow.Tests.Stress.Graphs;

/// <summary>What a planned stage does with its items.</summary>
internal enum Shape
{
    Tasks,
    Where,
    Switch,
    Poll,
}

/// <summary>A branch of a planned switch.</summary>
/// <param name="Keys">Its keys; null for the default.</param>
/// <param name="Scope">Its stages; there may be none.</param>
internal sealed record BranchPlan(IReadOnlyList<int?>? Keys, ScopePlan Scope);

/// <summary>A planned stage, with the branches that follow it if it is a switch.</summary>
internal sealed record ElementPlan(int Stage, Shape Shape, int Depth, IReadOnlyList<BranchPlan> Branches);

/// <summary>Elements one after the other: those of a pipeline, or of a branch.</summary>
internal sealed record ScopePlan(IReadOnlyList<ElementPlan> Elements)
{
    public override string ToString() => Elements.Count == 0 ? "-" : string.Join(" -> ", Elements.Select(Text));

    private static string Text(ElementPlan element) => element.Shape == Shape.Switch
        ? string.Create(CultureInfo.InvariantCulture, $"S{element.Stage} [{string.Join(" | ", element.Branches.Select(branch => $"{Text(branch.Keys)}: {branch.Scope}"))}]")
        : string.Create(CultureInfo.InvariantCulture, $"S{element.Stage}");

    private static string Text(IReadOnlyList<int?>? keys) =>
        keys is null ? "default" : string.Join(',', keys.Select(key => key?.ToString(CultureInfo.InvariantCulture) ?? "null"));
}

/// <summary>The shape of a planned pipeline: a tree of scopes, and the links that follow from it. Found here once more, and not asked of the engine: it is what the engine is measured by.</summary>
internal sealed class GraphPlan
{
    private readonly int[][] _targets;

    public GraphPlan(ScopePlan root)
    {
        Root = root;
        Elements = [.. Flatten(root)];
        _targets = new int[Elements.Count][];
        Link(root, next: Elements.Count);
        Predecessors = [.. Enumerable.Range(0, Elements.Count + 1).Select(stage => (IReadOnlyList<int>)[.. Enumerable.Range(0, Elements.Count).Where(from => _targets[from].Contains(stage))])];
    }

    public ScopePlan Root { get; }

    /// <summary>The stages in the order of their declaration.</summary>
    public IReadOnlyList<ElementPlan> Elements { get; }

    /// <summary>Where an item is that has passed all its stages.</summary>
    public int End => Elements.Count;

    /// <summary>For each stage, and for <see cref="End"/>, the stages that lead into it.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Predecessors { get; }

    /// <summary>Where the links of a stage lead, in their order.</summary>
    public IReadOnlyList<int> TargetsOf(int stage) => _targets[stage];

    public override string ToString() => Root.ToString();

    private static IEnumerable<ElementPlan> Flatten(ScopePlan scope) =>
        scope.Elements.SelectMany(element => element.Branches.SelectMany(branch => Flatten(branch.Scope)).Prepend(element));

    private static int FirstOf(ScopePlan scope, int next) => scope.Elements.Count == 0 ? next : scope.Elements[0].Stage;

    private void Link(ScopePlan scope, int next)
    {
        foreach (ElementPlan element in scope.Elements.Reverse())
        {
            int after = next;
            _targets[element.Stage] = element.Shape == Shape.Switch ? [.. element.Branches.Select(branch => FirstOf(branch.Scope, after))] : [after];
            foreach (BranchPlan branch in element.Branches)
                Link(branch.Scope, after);
            next = element.Stage;
        }
    }
}
