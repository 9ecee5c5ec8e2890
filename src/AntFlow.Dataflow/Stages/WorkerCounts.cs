namespace AntFlow.Dataflow;

/// <summary>A worker at one instant, as copied under the lock of its stage. Times are timestamps; 0 is never.</summary>
internal readonly record struct WorkerCounts(
    string Name, string Stage, bool IsBusy, ItemId ItemId, string? Task, string? TaskStatus, long Since, long Processed, long Failed, long BusyTicks, long LastActive, bool IsWaitingForRoom);
