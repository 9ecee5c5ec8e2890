namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What to do with a stored run whose pipeline has changed: a stage was renamed, added or removed, its <c>Version</c>, its type or that type's JSON is another one.</summary>
public enum OnPipelineChange
{
    /// <summary>Refuse to open the run, and say what differs.</summary>
    Refuse,

    /// <summary>Items keep what they have finished before the first stage that has changed, and go on from there.</summary>
    RestartChangedStages,
}
