namespace AntFlow.Dataflow.Observers;

/// <summary>Watches the items of runs as they go: the base of what counts, traces, logs or tests them. Override what you ask for in <see cref="Interests"/>.</summary>
/// <remarks>
/// <para>Callbacks run synchronously on the worker that has the item, or on the thread that feeds it, never under a lock. For one item they come one at a time, in the order of what
/// happened; for different items they come at the same time from many threads. They must not block: the worker has nothing else to do meanwhile. What cannot keep up says so by
/// <see cref="IsFull"/>.</para>
/// <para>What a callback throws never changes a result: it goes to the log and to <see cref="ErrorSummary.Callbacks"/>. Callbacks find in their AsyncLocals what the code had that started the run,
/// and what they set ends with the call.</para>
/// <para>An observer may watch several runs, also at the same time. One that must know them apart keeps what it knows by <see cref="ItemObservation.Run"/>, or is made anew for each run
/// (<see cref="PipelineBuilder{TIn, TOut}.WithObserver(Func{PipelineObserver})"/>).</para>
/// </remarks>
public abstract class PipelineObserver
{
    /// <summary>What the observer is told of. Asked once for each run, when it starts. Default: <see cref="ObserverInterests.Ends"/>; a warning is logged if <see cref="OnAccepted"/>,
    /// <see cref="OnStatus"/> or <see cref="OnTask"/> is overridden then.</summary>
    public virtual ObserverInterests Interests => ObserverInterests.Ends;

    /// <summary>Whether the observer cannot keep up: then workers and feeders wait by <see cref="WaitForRoomAsync"/> before they go on with their next item. Asked after each item, so it has to
    /// be quick, and must set nothing in AsyncLocals; not asked if <see cref="WaitForRoomAsync"/> is not overridden, because there is nothing to wait for then. Default: false.</summary>
    public virtual bool IsFull => false;

    /// <summary>Whether it is known to set nothing on its thread, and to read no times: then neither is seen to.</summary>
    internal virtual bool IsOfLibrary => false;

    /// <summary>A run begins. Called before anything else of it, on the thread that starts it.</summary>
    /// <param name="run">The run.</param>
    public virtual void OnRunStarted(ObservedRun run)
    {
    }

    /// <summary>An item was accepted: it has its id and its number, and will have an end (<see cref="ObserverInterests.Acceptance"/>).</summary>
    /// <param name="item">The item, <see cref="ItemStatus.Queued"/> in the stage it was fed into; or <see cref="ItemStatus.Completed"/> in the last stage, if it had passed all stages in an
    /// earlier run with checkpoints. Valid during the call.</param>
    public virtual void OnAccepted(in ItemObservation item)
    {
    }

    /// <summary>The status of an item has changed (<see cref="ObserverInterests.Statuses"/>). That it is Queued where it was fed is <see cref="OnAccepted"/> instead.</summary>
    /// <param name="item">The item. Valid during the call.</param>
    public virtual void OnStatus(in ItemObservation item)
    {
    }

    /// <summary>A call of a task begins or has ended (<see cref="ObserverInterests.Tasks"/>).</summary>
    /// <param name="call">The call. Valid during the call of this method.</param>
    public virtual void OnTask(in TaskObservation call)
    {
    }

    /// <summary>An item has ended: nothing more happens to it (<see cref="ObserverInterests.Ends"/>). Called once for each accepted item, after <see cref="OnStatus"/>.</summary>
    /// <param name="item">The item with its last status: Completed or Skipped in the last stage, Failed, or Canceled. Valid during the call.</param>
    public virtual void OnEnded(in ItemObservation item)
    {
    }

    /// <summary>Waits until the observer has room again. Called where <see cref="IsFull"/> is true, by workers without an item and by feeders.</summary>
    /// <param name="cancellationToken">Canceled when nothing waits any more. Waiting ends then, whatever is returned.</param>
    /// <returns>Ends when there is room, or when the waiting is canceled. Default: at once.</returns>
    public virtual ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => default;

    /// <summary>The last item of a run has ended. Delivers what is still to be delivered: the run's <c>Completion</c> waits for it; once the run is canceled, no longer than until
    /// <see cref="RunOptions.AbandonAfter"/> has passed. Called for all observers at the same time, on the thread pool.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Ends when all is delivered. Default: at once.</returns>
    public virtual ValueTask OnRunEndedAsync(ObservedRun run) => default;
}
