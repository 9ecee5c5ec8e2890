namespace AntFlow.Dataflow.Observers;

/// <summary>What an item has spent its time with since it was accepted. The parts add up to the time that has passed.</summary>
/// <param name="Queue">Waiting in the queue of a stage for a worker or a place.</param>
/// <param name="Limit">Waiting for a permit of a task (<c>maxConcurrency</c>).</param>
/// <param name="Retry">Waiting for its next attempt, after one that failed or was throttled.</param>
/// <param name="Store">Waiting for the store: until a start or a value was saved, or as a suspect beside others.</param>
/// <param name="Reader">Waiting in the queue of a stage whose workers were waiting for the reader of the results: all of that time where all of them were, half of it where half of them were.</param>
/// <param name="Run">In the hands of a worker: in tasks, predicates and callbacks.</param>
public readonly record struct ItemTimes(TimeSpan Queue, TimeSpan Limit, TimeSpan Retry, TimeSpan Store, TimeSpan Reader, TimeSpan Run)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => Queue + Limit + Retry + Store + Reader + Run;
}
