namespace AntFlow.Dataflow.Observers;

/// <summary>The base class of observers, which watch the items of runs: to count, trace, log or test them. Override the callbacks of the events that you ask for in
/// <see cref="Interests"/>.</summary>
/// <remarks>
/// <para>Callbacks run synchronously, on the worker that has the item or on the feeding thread, never under a lock. For one item they come one at a time, in the order of the events. For different
/// items they come concurrently from many threads. They must not block, because the worker cannot do other work meanwhile. An observer that cannot keep up reports it with
/// <see cref="IsFull"/>.</para>
/// <para>An exception that a callback throws never changes a result: it goes to the log and to <see cref="ErrorSummary.Callbacks"/>. Callbacks see the AsyncLocals of the code that started the
/// run; values that they set are discarded after the call.</para>
/// <para>An observer may watch several runs, also at the same time. If it must distinguish them, it can keep its state by <see cref="ItemObservation.Run"/>, or you can create an observer for each
/// run (<see cref="PipelineBuilder{TIn, TOut}.WithObserver(Func{PipelineObserver})"/>).</para>
/// </remarks>
public abstract class PipelineObserver
{
    /// <summary>The events that the observer receives. Read once for each run, at its start. Default: <see cref="ObserverInterests.Ends"/>. With the default, a warning is logged if
    /// <see cref="OnAccepted"/>, <see cref="OnStatus"/> or <see cref="OnTask"/> is overridden.</summary>
    public virtual ObserverInterests Interests => ObserverInterests.Ends;

    /// <summary>Whether the observer cannot keep up. If true, workers and feeders wait with <see cref="WaitForRoomAsync"/> before they take their next item. It is read after each item, so it must
    /// be fast, and it must not set AsyncLocals. It is not read if <see cref="WaitForRoomAsync"/> is not overridden, because there is nothing to wait for then. Default: false.</summary>
    public virtual bool IsFull => false;

    /// <summary>Whether the observer is known to set no AsyncLocals and to read no times, so that the run need not provide for either.</summary>
    internal virtual bool IsOfLibrary => false;

    /// <summary>Called when a run starts, before all other callbacks of the run, on the thread that starts it.</summary>
    /// <param name="run">The run.</param>
    public virtual void OnRunStarted(ObservedRun run)
    {
    }

    /// <summary>Called when an item was accepted: it has its id and its number, and will have an end (<see cref="ObserverInterests.Acceptance"/>).</summary>
    /// <param name="item">The item: <see cref="ItemStatus.Queued"/> in the stage that it was fed to, or <see cref="ItemStatus.Completed"/> in the last stage if it had passed all stages in an
    /// earlier run with checkpoints. Valid during the call.</param>
    public virtual void OnAccepted(in ItemObservation item)
    {
    }

    /// <summary>Called when the status of an item has changed (<see cref="ObserverInterests.Statuses"/>). The status Queued in the stage that it was fed to is reported by <see cref="OnAccepted"/>
    /// instead.</summary>
    /// <param name="item">The item. Valid during the call.</param>
    public virtual void OnStatus(in ItemObservation item)
    {
    }

    /// <summary>Called when a call of a task starts or has ended (<see cref="ObserverInterests.Tasks"/>).</summary>
    /// <param name="call">The call. Valid during this callback.</param>
    public virtual void OnTask(in TaskObservation call)
    {
    }

    /// <summary>Called when an item has ended and nothing more happens to it (<see cref="ObserverInterests.Ends"/>): once for each accepted item, after <see cref="OnStatus"/>.</summary>
    /// <param name="item">The item with its last status: Completed or Skipped in the last stage, Failed, Canceled or Filtered. Valid during the call.</param>
    public virtual void OnEnded(in ItemObservation item)
    {
    }

    /// <summary>Waits until the observer has room again. Called when <see cref="IsFull"/> is true, by workers that have no item and by feeders.</summary>
    /// <param name="cancellationToken">Canceled when the wait is no longer needed. The caller then continues at once, even if the returned task has not completed.</param>
    /// <returns>A task that completes when there is room, or when the wait is canceled. Default: a completed task.</returns>
    public virtual ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => default;

    /// <summary>Called when the last item of a run has ended, to deliver remaining events. The run's <c>Completion</c> waits for it; after the run is canceled, for at most
    /// <see cref="RunOptions.AbandonAfter"/>. It is called for all observers at the same time, on the thread pool.</summary>
    /// <param name="run">The run.</param>
    /// <returns>A task that completes when everything is delivered. Default: a completed task.</returns>
    public virtual ValueTask OnRunEndedAsync(ObservedRun run) => default;
}
