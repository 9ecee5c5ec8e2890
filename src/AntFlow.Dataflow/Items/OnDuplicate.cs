namespace AntFlow.Dataflow;

/// <summary>What an item is whose id an item of the run has already (<see cref="RunOptions.OnDuplicate"/>).</summary>
public enum OnDuplicate
{
    /// <summary>An item that is Failed with a <see cref="DuplicateItemException"/>.</summary>
    Fail,

    /// <summary>No item: it is dropped, has no result, and is counted in <see cref="PipelineSnapshot.Duplicates"/>.</summary>
    Ignore,
}
