namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What to do with a stored run whose pipeline has changed: a stage was renamed, added or removed, or its <c>Version</c>, its type or the JSON of that type differs.</summary>
public enum PipelineChangeHandling
{
    /// <summary>Refuse to open the run, and list the differences.</summary>
    Refuse,

    /// <summary>Items keep the results of the stages before the first changed stage, and resume there.</summary>
    RestartChangedStages,
}
