namespace AntFlow.Dataflow;

/// <summary>The stages of a pipeline, in the order of their declaration, and how they are linked. Immutable.</summary>
/// <remarks>While it is built, some links are open: the stage that is added next receives them. In the finished pipeline they lead to the results. A branch is built as a graph of its own, and
/// becomes part of the whole when the switch is added.</remarks>
internal sealed class StageGraph
{
    private const int Open = int.MaxValue;

    private readonly Node[] _nodes;
    private readonly StageDefaults? _defaults;

    private StageGraph(Node[] nodes, StageDefaults? defaults)
    {
        _nodes = nodes;
        _defaults = defaults;
        Stages = Array.ConvertAll(nodes, node => node.Stage);
        Shape = new GraphShape([.. nodes.Select(node => (IReadOnlyList<int>)Array.ConvertAll(node.Targets, target => Math.Min(target, nodes.Length)))]);
    }

    /// <summary>A graph without stages.</summary>
    public static StageGraph Empty { get; } = new([], null);

    public IReadOnlyList<Stage> Stages { get; }

    public GraphShape Shape { get; }

    /// <summary>The stages as nodes of the graph, made anew for each run.</summary>
    public IEnumerable<PipelineStage> Nodes =>
        _nodes.Select((node, index) => new PipelineStage(node.Stage, index, SettingsOf(node.Stage), [.. Shape.TargetsOf(index).Select(target => target == Shape.End)], node.Depth));

    /// <summary>Whether it has defaults of its own for the options of its stages.</summary>
    public bool HasDefaults => _defaults is not null;

    /// <summary>Returns the graph with one more stage, which receives all items that were passed on to the results.</summary>
    public StageGraph Then(Stage stage) => Then(stage, branches: []);

    /// <summary>Returns the graph with a switch and its branches.</summary>
    /// <param name="stage">The stage that decides.</param>
    /// <param name="branches">The stages of each branch. A branch without stages passes its items on as they are. The links of the switch are in the order of the branches; a stage without branches has
    /// one link.</param>
    public StageGraph Then(Stage stage, IReadOnlyList<StageGraph> branches)
    {
        int index = _nodes.Length;
        int offset = index + 1;
        var targets = new List<int>();
        var inside = new List<Node>();
        foreach (StageGraph branch in branches)
        {
            targets.Add(branch._nodes.Length == 0 ? Open : offset);
            int first = offset;
            inside.AddRange(branch._nodes.Select(node => new Node(node.Stage, Array.ConvertAll(node.Targets, target => target == Open ? Open : target + first), node.Depth + 1)));
            offset += branch._nodes.Length;
        }

        Node[] before = Array.ConvertAll(_nodes, node => node with { Targets = Array.ConvertAll(node.Targets, target => target == Open ? index : target) });
        return new StageGraph([.. before, new Node(stage, branches.Count == 0 ? [Open] : [.. targets], Depth: 0), .. inside], _defaults);
    }

    /// <summary>Returns the graph with defaults for the options that its stages do not set.</summary>
    public StageGraph With(StageDefaults defaults) => new(_nodes, defaults.Copy());

    /// <summary>Returns whether an item that is stored as about to enter a stage may be in another one: the results of the stages in between are not stored.</summary>
    public bool RunsUnstored(int from, int at) =>
        from == at || (from < at && from < _nodes.Length && !_nodes[from].Stage.Settings.IsStored && Shape.TargetsOf(from).Any(target => RunsUnstored(target, at)));

    /// <summary>Returns the settings of a stage in this pipeline.</summary>
    public StageSettings SettingsOf(Stage stage) => _defaults is null ? stage.Settings : stage.Settings.With(_defaults);

    /// <summary>Returns the stages in their order, with their workers and tasks; branches in brackets.</summary>
    public override string ToString() => Text(from: 0, depth: 0, out _);

    /// <summary>Returns the graph as a Mermaid flowchart.</summary>
    public string ToMermaid()
    {
        var chart = new MermaidChart();
        foreach ((int index, Node node) in _nodes.Index())
            chart.AddStage(index, node.Stage.Form.Kind, [node.Stage.Name, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{node.Stage.Workers} {(node.Stage.Workers == 1 ? "worker" : "workers")}")]);
        foreach ((int index, Node node) in _nodes.Index())
        {
            foreach ((int link, int target) in Shape.TargetsOf(index).Index())
                chart.AddLink(index, target == Shape.End ? null : target, node.Stage.Form.Links.ElementAtOrDefault(link) ?? string.Empty);
        }

        return chart.ToString();
    }

    private string Text(int from, int depth, out int end)
    {
        List<string> parts = [];
        int at = from;
        while (at < _nodes.Length && _nodes[at].Depth >= depth)
        {
            Node node = _nodes[at];
            at++;
            if (node.Targets.Length == 1)
            {
                parts.Add(node.Stage.ToString());
                continue;
            }

            List<string> branches = [];
            foreach (int target in node.Targets)
                branches.Add(target == at && IsInside(at, depth) ? Branch(at, depth + 1, out at) : "-");
            parts.Add($"{node.Stage} -> [{string.Join(" | ", branches)}]");
        }

        end = at;
        return string.Join(" -> ", parts);
    }

    // A branch ends where the next one begins, or where the nesting does.
    private string Branch(int from, int depth, out int end)
    {
        int last = from;
        while (last + 1 < _nodes.Length && IsInside(last + 1, depth - 1) && !IsEntry(last + 1, depth))
            last++;
        string text = new StageGraph([.. _nodes[..(last + 1)]], _defaults).Text(from, depth, out _);
        end = last + 1;
        return text;
    }

    private bool IsInside(int stage, int depth) => stage < _nodes.Length && _nodes[stage].Depth > depth;

    // Only a switch one level above leads into the first stage of a branch.
    private bool IsEntry(int stage, int depth) => _nodes[stage].Depth == depth && Shape.PredecessorsOf(stage) is [var only] && _nodes[only].Depth == depth - 1;

    /// <param name="Stage">The stage.</param>
    /// <param name="Targets">Where its links lead; <see cref="Open"/> for the stage that is added next.</param>
    /// <param name="Depth">In how many branches it is.</param>
    private readonly record struct Node(Stage Stage, int[] Targets, int Depth);
}
