namespace AntFlow.Dataflow;

/// <summary>The stages of a pipeline, in the order of their declaration, and how they are linked. Immutable.</summary>
internal sealed class StageGraph(IReadOnlyList<Stage> stages, StageDefaults? defaults = null)
{
    public IReadOnlyList<Stage> Stages => stages;

    public GraphShape Shape { get; } = new(stages.Count);

    /// <summary>The stages as nodes of the graph, made anew for each run.</summary>
    public IEnumerable<PipelineStage> Nodes => stages.Select((stage, index) => new PipelineStage(stage, index, SettingsOf(stage), Shape.IsExit(index)));

    /// <summary>Returns the graph with one more stage, which receives the output of the last one.</summary>
    public StageGraph Then(Stage stage) => new([.. stages, stage], defaults);

    /// <summary>Returns the graph with defaults for the options that its stages do not set.</summary>
    public StageGraph With(StageDefaults defaults) => new(stages, defaults.Copy());

    /// <summary>Returns the settings of a stage in this pipeline.</summary>
    public StageSettings SettingsOf(Stage stage) => defaults is null ? stage.Settings : stage.Settings.With(defaults);

    /// <summary>Returns the stages in their order, with their workers and tasks.</summary>
    public override string ToString() => string.Join(" -> ", stages);
}
