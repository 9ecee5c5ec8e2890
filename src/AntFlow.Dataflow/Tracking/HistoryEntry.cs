namespace AntFlow.Dataflow;

/// <summary>An event as it was copied from a history. Creating the event object is deferred, because it calls foreign code (the clock) and allocates.</summary>
internal readonly record struct HistoryEntry(
    PackedEvent Event, ItemId Id, TrackedRun Run, IReadOnlyDictionary<string, object?>? Metadata, Exception? Error)
{
    public StatusEvent ToEvent()
    {
        string stage = Run.Run.Stages[Event.Stage];
        return new StatusEvent
        {
            RunId = Run.Run.RunId,
            ItemId = Id,
            Stage = stage,
            Status = Event.Status,
            Worker = Event.Worker < 0 ? null : WorkerNames.Of(stage, Event.Worker),
            WorkerIndex = Event.Worker,
            Timestamp = Run.Run.TimeOf(Event.ClockTimestamp),
            Attempt = Event.Attempt,
            Error = Error,
            Metadata = Metadata ?? Item.NoMetadata,
        };
    }
}
