namespace AntFlow.Dataflow;

/// <summary>A stage and its place in the pipeline.</summary>
internal sealed record StagePlace(Stage Definition, int Index)
{
    public string Name => Definition.Name;
}
