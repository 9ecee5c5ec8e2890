namespace AntFlow.Dataflow;

/// <summary>What happens to an item whose id another item of the run already has (<see cref="RunOptions.DuplicateHandling"/>).</summary>
public enum DuplicateHandling
{
    /// <summary>The item fails with a <see cref="DuplicateItemException"/>.</summary>
    Fail,

    /// <summary>The item is dropped: it has no result, and is counted in <see cref="PipelineSnapshot.Duplicates"/>.</summary>
    Ignore,
}
