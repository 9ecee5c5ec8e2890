namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The state of a stored item.</summary>
public enum StoredItemState
{
    /// <summary>The item has not passed all stages yet.</summary>
    Unfinished,

    /// <summary>The item has passed all stages.</summary>
    Succeeded,

    /// <summary>The item has failed and has no attempts left.</summary>
    Failed,

    /// <summary>The item was taken out of the run (<c>CheckpointInspector.ExcludeAsync</c>) and ends Canceled.</summary>
    Canceled,

    /// <summary>A filter (<c>ThenWhere</c>) did not let the item through.</summary>
    Filtered,
}
