namespace AntFlow.Dataflow;

/// <summary>The stages of a pipeline, in the order of their declaration, and how they are linked. Immutable.</summary>
internal sealed class StageGraph(IReadOnlyList<Stage> stages)
{
    public IReadOnlyList<Stage> Stages => stages;

    public GraphShape Shape { get; } = new(stages.Count);

    /// <summary>The stages as nodes of the graph, made anew for each run.</summary>
    public IEnumerable<StageNode> Nodes => stages.Select((stage, index) => new StageNode(stage, index, Shape.IsExit(index)));

    /// <summary>The same with one more stage, which gets what the last one makes.</summary>
    public StageGraph Then(Stage stage) => new([.. stages, stage]);

    /// <summary>The stages in their order, with their workers and tasks.</summary>
    public override string ToString() => string.Join(" -> ", stages);
}
