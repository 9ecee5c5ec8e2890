namespace AntFlow.Dataflow;

/// <summary>How an item ended.</summary>
public enum ResultStatus
{
    /// <summary>It has passed all stages.</summary>
    Succeeded,

    /// <summary>It failed in a stage, after its last attempt.</summary>
    Failed,

    /// <summary>The run was stopped or canceled before the item was done.</summary>
    Canceled,
}
