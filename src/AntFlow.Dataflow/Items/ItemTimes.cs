namespace AntFlow.Dataflow.Observers;

/// <summary>How an item spent its time since its acceptance. The parts add up to the elapsed time.</summary>
/// <param name="Queue">The time in the queue of a stage, waiting for a worker or a place.</param>
/// <param name="Limit">The time waiting for a permit of a task (<c>maxConcurrency</c>).</param>
/// <param name="Retry">The time waiting for the next attempt, after one that failed or was throttled.</param>
/// <param name="Store">The time waiting for the store until a start or a value was saved, or, as a suspect, for other suspects.</param>
/// <param name="Reader">The time in the queue of a stage whose workers waited for the reader of the results. It counts in proportion to the share of workers that waited: all of the time if all
/// workers waited, half of it if half of them did.</param>
/// <param name="Run">The time that a worker processed the item: in tasks, predicates and callbacks.</param>
/// <param name="Poll">The time waiting for the next look of a stage that polls (<c>ThenPoll</c>).</param>
public readonly record struct ItemTimes(TimeSpan Queue, TimeSpan Limit, TimeSpan Retry, TimeSpan Store, TimeSpan Reader, TimeSpan Run, TimeSpan Poll = default)
{
    /// <summary>The sum of all parts.</summary>
    public TimeSpan Total => Queue + Limit + Retry + Store + Reader + Run + Poll;
}
