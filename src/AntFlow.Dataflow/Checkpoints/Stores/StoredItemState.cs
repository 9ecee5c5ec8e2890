namespace AntFlow.Dataflow.Checkpoints;

/// <summary>How far a stored item is.</summary>
public enum StoredItemState
{
    /// <summary>It has stages to pass yet.</summary>
    Unfinished,

    /// <summary>It has passed all stages.</summary>
    Succeeded,

    /// <summary>It has failed for good.</summary>
    Failed,

    /// <summary>It was taken out of the run (<c>CheckpointInspector.SkipAsync</c>), and ends Canceled.</summary>
    Canceled,
}
