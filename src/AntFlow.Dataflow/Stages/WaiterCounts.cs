namespace AntFlow.Dataflow;

/// <summary>An item that waits for its next attempt, as copied under the lock of its stage: afterwards the envelope may belong to another item.</summary>
internal readonly record struct WaiterCounts(ItemId ItemId, int Attempt, long DueAt, Exception? Error, bool IsThrottled);
