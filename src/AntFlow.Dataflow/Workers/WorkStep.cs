namespace AntFlow.Dataflow;

/// <summary>What a worker does with the item in its hands.</summary>
internal enum WorkStep
{
    /// <summary>It waits for a permit of the task's limit.</summary>
    Permit,

    /// <summary>It has it noted that it is about to start.</summary>
    Mark,

    /// <summary>It runs a task.</summary>
    Task,

    /// <summary>It is done with the item, and waits because too many are being saved.</summary>
    Saving,

    /// <summary>It has given the item to the store, and waits because too many bytes are being saved.</summary>
    SavingBytes,

    /// <summary>It has handed the item on, and waits for room in the next stage or for the reader.</summary>
    Room,

    /// <summary>It is ending the item's stay: callbacks, the next attempt, the result. Nothing follows.</summary>
    End,
}
