using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The ways in which an item leaves its worker: it is passed on, saved first, put away for its next attempt, put aside, failed, or canceled.</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed partial class OutcomeHandler(StageBlock block, RunState run, UserCode code, StageAttempts attempts)
{
    /// <summary>The name under which a retry policy that throws is reported.</summary>
    public const string Policy = nameof(RetryPolicy);

    /// <summary>The name under which the serialization of a value is reported, as what a worker does and as what has failed.</summary>
    public const string Serialize = "Serialize";

    private readonly Stage _definition = block.Stage.Definition;
    private readonly StageSettings _settings = block.Stage.Settings;
    private readonly RetryRules _retries = new(block.Stage.Settings.Retry, block.Stage.Settings.ItemTimeout, run.Clock);
    private readonly bool _hasOnSuccess = block.Stage.Definition.HasOnSuccess;
    private readonly IItemSaver? _saver = run.Saver;
    private readonly IItemSaver? _resultSaver = block.Stage.Settings.IsStored ? run.Saver : null;
    private readonly StageLooks? _looks = block.Stage.Definition.Poll is { } schedule ? new StageLooks(block, run, code, schedule) : null;

    /// <summary>Takes the item from the worker. The returned task ends when the worker may take the next item.</summary>
    public ValueTask HandleAsync(Worker worker, Item item, Outcome outcome) => outcome.IsSuccess ? CompleteStageAsync(worker, item, isSkipped: false) : HandleOtherAsync(worker, item, outcome);

    /// <summary>Ends a timed wait for the reader, if there was one. The loop notes it, because it awaits the wait in any case: an async method would allocate its state for that.</summary>
    public void EndReaderWait(Worker worker)
    {
        if (!worker.WaitsForReader)
            return;
        worker.WaitsForReader = false;
        block.Intake.CountReaderWait(run.Clock.Now, isBegin: false);
    }

    private ValueTask HandleOtherAsync(Worker worker, Item item, Outcome outcome) => outcome.Kind switch
    {
        OutcomeKind.Skipped => CompleteStageAsync(worker, item, isSkipped: true),
        OutcomeKind.Saved => SucceedAsync(worker, item, item.Record!.Saving!.IsSkipped),
        OutcomeKind.Failed or OutcomeKind.TooLate => EndAttemptAsync(worker, item, outcome.Error),
        OutcomeKind.FailedForGood => FailAsync(worker, item, outcome.Error!, outcome.Function),
        OutcomeKind.FailedFinally => FailFinally(worker, item, outcome.Error!),
        OutcomeKind.Filtered => FilterOut(worker, item, outcome.Error!),
        OutcomeKind.FirstLook => EndUnless(_looks!.WaitForFirst(worker, item), worker, item),
        OutcomeKind.Again => EndUnless(_looks!.Wait(worker, item, outcome.Delay), worker, item),
        OutcomeKind.Paused => Requeue(worker, item),
        OutcomeKind.Suspected => Quarantine(worker, item),
        OutcomeKind.Canceled => CancelUnbegun(worker, item),
        _ => default,
    };

    /// <summary>Ends an item's stay in the stage: it has passed.</summary>
    private ValueTask CompleteStageAsync(Worker worker, Item item, bool isSkipped)
    {
        if (_resultSaver is { } saver)
            return SaveAsync(saver, worker, item, isSkipped);
        if (_hasOnSuccess)
            return SucceedAsync(worker, item, isSkipped);
        int link = item.Visit.Link;
        return Forward(worker, item, isSkipped) is { } waiter ? WaitToGoOnAsync(worker, waiter, link) : default;
    }

    /// <summary>Passes the item on to the next stage, or to the results.</summary>
    private Waiter? Forward(Worker worker, Item item, bool isSkipped)
    {
        Step();
        if (item.Visit.IsSaved)
        {
            // It was counted when it was given to the store.
            item.Visit.Standing = VisitState.Started;
            _saver!.SaveNotified(block, item);
            item.Record!.Saving = null;
        }
        else
        {
            worker.Processed++;
            if (!isSkipped)
                block.Counting.CountPass(worker, item);
        }

        long stamp = code.Now(worker);
        run.NotifyStatus(item, isSkipped ? ItemStatus.Skipped : ItemStatus.Completed, block.Stage, worker, stamp);
        return block.Output.Forward(worker, item, isSkipped, stamp);
    }

    /// <summary>Gives the item to the store first; the rest follows when it is saved.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SaveAsync(IItemSaver saver, Worker worker, Item item, bool isSkipped)
    {
        long begin = code.Begin(worker, Serialize);
        SavedStep? prepared = saver.Prepare(block, worker, item, isSkipped, out Exception? error);
        if (!code.TryEnd(worker, begin, error))
            return;
        if (error is not null)
        {
            await FailAsync(worker, item, saver.Unsavable(block, item, error), Serialize).ConfigureAwait(false);
            return;
        }

        // This run owns the item again, and it continues with the value that a resumed run would find.
        prepared!.GiveTo(item);
        item.Record!.Saving = prepared;
        worker.Processed++;
        if (!isSkipped)
            block.Counting.CountPass(worker, item);
        await GiveToStoreAsync(worker, item).ConfigureAwait(false);
        // The item already counts as Saving, and its place is free: only the bytes hold the worker back.
        int link = item.Visit.Link;
        if (!saver.TryTakeRoom(block, item, worker.Slip))
            await WaitAsync(worker, worker.Slip).ConfigureAwait(false);
        saver.Save(block, item, out int mostWaiting);
        // There is no room yet for the item in the next stage: that holds the worker back, not the item itself.
        if (block.Output.WaitForRoom(link, worker.Slip, mostWaiting) is { } waiter)
            await WaitToGoOnAsync(worker, waiter, link).ConfigureAwait(false);
    }

    /// <summary>Moves the item from the worker to the store. The worker may first have to wait for its turn.</summary>
    private ValueTask GiveToStoreAsync(Worker worker, Item item) => block.Saving!.TryGiveToStore(worker, item) ? default : WaitAndGiveToStoreAsync(worker, item);

    private async ValueTask WaitAndGiveToStoreAsync(Worker worker, Item item)
    {
        GiveBackPermit(worker);
        await worker.Slip.WaitAsync().ConfigureAwait(false);
        worker.ForgetTime();
        block.Saving!.GiveToStore(worker, item);
    }

    /// <summary>Calls <c>OnSuccess</c>, and passes the item on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SucceedAsync(Worker worker, Item item, bool isSkipped)
    {
        GiveBackPermit(worker);
        long begin = code.Begin(worker, "OnSuccess");
        Exception? thrown = null;
        try
        {
            await NotifySuccess(worker, item, begin).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            thrown = error;
        }

        if (!code.EndCallback(worker, begin, "OnSuccess", thrown))
            return;

        int link = item.Visit.Link;
        if (Forward(worker, item, isSkipped) is { } waiter)
            await WaitToGoOnAsync(worker, waiter, link).ConfigureAwait(false);
    }

    private ValueTask NotifySuccess(Worker worker, Item item, long begin)
    {
        UserCall user = UserCall.Begin(run.Caller);
        try
        {
            return _definition.NotifySuccessAsync(item, worker, code.ElapsedInStage(item, begin), run.Token);
        }
        finally
        {
            user.End();
        }
    }

    /// <summary>Handles an attempt that has failed, or whose time was over before it could begin: there is another attempt, or the item ends.</summary>
    private async ValueTask EndAttemptAsync(Worker worker, Item item, Exception? error)
    {
        if (run.Closing == Closing.Canceled)
        {
            NotifyTaskEnd(worker, item, TaskEventKind.Fail, error);
            block.CountEnd(ResultStatus.Canceled);
            Cancel(worker, item, error);
            return;
        }

        Exception failure = worker.Attempt.HasTimedOut ? attempts.TimeoutError(worker, item, error) : error!;
        RetryDecision decision = Decide(worker, item, ref failure);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            NotifyTaskEnd(worker, item, TaskEventKind.Fail, failure);
            await FailAsync(worker, item, failure).ConfigureAwait(false);
            return;
        }

        NotifyTaskEnd(worker, item, TaskEventKind.Retry, failure);
        run.NotifyStatus(item, ItemStatus.Retrying, block.Stage, worker, worker.LastStamp, failure);
        if (item.IsTimed)
            item.Timing.Wait(Spending.Retry, worker.LastStamp, block.Intake.BlockedByReader(worker.LastStamp));
        RetryRules.Note(item, failure, decision.Verdict, worker.LastStamp);
        if (_settings.RetryScope == RetryScope.Stage)
        {
            item.Visit.TaskIndex = 0;
            item.Visit.PassTicks = 0;
            item.Value = item.Input;
        }

        IItemSaver? saver = _saver;
        Broken("failed-attempt-is-not-stored", ref saver, null);
        saver?.SaveRetry(block, item, failure, decision.Delay);
        // While the run is being stopped, the item ends Canceled with the attempts it has left: with checkpoints, the resumed run makes them.
        if (!block.Delay(worker, item, run.Clock.After(worker.LastStamp, decision.Delay), item.Visit.IsThrottled))
            Cancel(worker, item, failure);
    }

    private RetryDecision Decide(Worker worker, Item item, ref Exception failure)
    {
        if (worker.Attempt.IsItemTimedOut || failure is AntFlowException { IsFinal: true })
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        RetryDecision decision = _retries.Decide(run.Caller, item, failure, worker.Attempt.HasTimedOut, worker.LastStamp, run.NextRandom());
        if (decision.PolicyError is not null)
            run.ReportCallback(Policy, item.Id, block.Name, decision.PolicyError);
        if (decision.IsOutOfTime)
            failure = attempts.TimeoutError(item, failure);
        return decision;
    }

    /// <summary>Notifies the observers of how a call has ended. A call that was not made is not reported; its start was not reported either, unless it is a look after an earlier one.</summary>
    private void NotifyTaskEnd(Worker worker, Item item, TaskEventKind kind, Exception? error)
    {
        if (!worker.Attempt.IsTooLate || worker.Attempt.IsOfStartedCall)
            run.NotifyTask(item, kind, block.Stage, worker, worker.Attempt.BeganAt, worker.LastStamp, error);
    }

    /// <summary>Ends an item that has failed permanently.</summary>
    /// <param name="worker">The worker that has it.</param>
    /// <param name="item">The item.</param>
    /// <param name="error">The error it failed with.</param>
    /// <param name="function">The function, other than a task, in which it failed; null for a task.</param>
    private async ValueTask FailAsync(Worker worker, Item item, Exception error, string? function = null)
    {
        if (_definition.HasOnFailure && !await TryNotifyFailureAsync(worker, item, error).ConfigureAwait(false))
            return;

        worker.FailedItems++;
        if (_saver is { } saver)
        {
            await GiveToStoreAsync(worker, item).ConfigureAwait(false);
            saver.SaveFailure(block, worker, item, error, function);
            if (run.WaitForReader(worker.Slip) is { } waiter)
                await WaitForReaderAsync(worker, waiter).ConfigureAwait(false);
            return;
        }

        run.NotifyFailed(item, block.Stage, worker, code.Now(worker), error, function);
        block.CountEnd(ResultStatus.Failed);
        worker.Item = null;
        if (run.Conclude(item, new Conclusion(ResultStatus.Failed, block.Stage, error, Function: function), worker.Slip))
            await WaitForReaderAsync(worker, worker.Slip).ConfigureAwait(false);
    }

    /// <summary>Ends an item whose task has determined that it has failed.</summary>
    private ValueTask FailFinally(Worker worker, Item item, Exception error)
    {
        NotifyTaskEnd(worker, item, TaskEventKind.Fail, error);
        return FailAsync(worker, item, error);
    }

    /// <summary>Ends an item that a filter did not let through.</summary>
    private ValueTask FilterOut(Worker worker, Item item, Exception error)
    {
        worker.Processed++;
        block.Counting.CountPass(worker, item);
        if (_saver is { } saver)
            return SaveFilteredAsync(saver, worker, item, error);
        run.NotifyStatus(item, ItemStatus.Filtered, block.Stage, worker, code.Now(worker), error);
        block.CountEnd(ResultStatus.Filtered);
        worker.Item = null;
        return run.Conclude(item, new Conclusion(ResultStatus.Filtered, block.Stage, error), worker.Slip) ? WaitForReaderAsync(worker, worker.Slip) : default;
    }

    private async ValueTask SaveFilteredAsync(IItemSaver saver, Worker worker, Item item, Exception error)
    {
        await GiveToStoreAsync(worker, item).ConfigureAwait(false);
        saver.SaveFiltered(block, worker, item, error);
        if (run.WaitForReader(worker.Slip) is { } waiter)
            await WaitForReaderAsync(worker, waiter).ConfigureAwait(false);
    }

    /// <summary>Calls <c>OnFailure</c>. Returns false if the item was taken away from the worker in the meantime.</summary>
    private async ValueTask<bool> TryNotifyFailureAsync(Worker worker, Item item, Exception error)
    {
        GiveBackPermit(worker);
        long begin = code.Begin(worker, "OnFailure");
        Exception? thrown = null;
        try
        {
            await NotifyFailure(worker, item, error, begin).ConfigureAwait(false);
        }
        catch (Exception callbackError)
        {
            thrown = callbackError;
        }

        return code.EndCallback(worker, begin, "OnFailure", thrown);
    }

    private ValueTask NotifyFailure(Worker worker, Item item, Exception error, long begin)
    {
        UserCall user = UserCall.Begin(run.Caller);
        try
        {
            return _definition.NotifyFailureAsync(item, worker, error, code.ElapsedInStage(item, begin), run.Token);
        }
        finally
        {
            user.End();
        }
    }

    /// <summary>Puts the item back into the front, because the stage is paused.</summary>
    private ValueTask Requeue(Worker worker, Item item)
    {
        // This comes before the item is in the front, where another worker may take it: clear the note that it runs.
        _saver?.MarkEnded(worker);
        if (item.IsTimed)
            item.Timing.Wait(Spending.Queue, code.Now(worker), block.Intake.BlockedByReader(code.Now(worker)));
        if (!block.Requeuing.Requeue(worker, item))
            Cancel(worker, item, cause: null);
        return default;
    }

    /// <summary>Puts aside an item that may not run together with the suspects that run: the worker takes another one.</summary>
    private ValueTask Quarantine(Worker worker, Item item)
    {
        // The envelope may belong to another item as soon as this item is put aside.
        ItemRecord suspect = item.Record!;
        if (block.Requeuing.Quarantine(worker, item))
            _saver!.Suspects.Enqueue(block.Requeuing, suspect);
        else
            Cancel(worker, item, cause: null);
        return default;
    }

    /// <summary>Ends an item that may not wait because the run is closing.</summary>
    private ValueTask EndUnless(bool waits, Worker worker, Item item)
    {
        if (!waits)
            Cancel(worker, item, cause: null);
        return default;
    }

    private ValueTask CancelUnbegun(Worker worker, Item item)
    {
        _saver?.MarkEnded(worker);
        Cancel(worker, item, cause: null);
        return default;
    }

    /// <summary>Ends an item that was already counted as canceled.</summary>
    private void Cancel(Worker worker, Item item, Exception? cause)
    {
        string what = run.Closing == Closing.Canceled ? "canceled" : "stopped";
        var error = new OperationCanceledException($"The run was {what} while the item was in stage '{block.Name}'.", cause, run.Token);
        run.NotifyStatus(item, ItemStatus.Canceled, block.Stage, worker, code.Now(worker), error);
        worker.Item = null;
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, block.Stage, error));
    }

    // The task has ended: another item may begin with it, whatever this item still waits for.
    private void GiveBackPermit(Worker worker)
    {
        if (worker.Permit is not null)
            block.GiveBackPermit(worker);
    }

    /// <summary>Waits for room at the other end of a link: in the next stage, or for the reader.</summary>
    private ValueTask WaitToGoOnAsync(Worker worker, Waiter waiter, int link) => block.Stage.IsEnd(link) ? WaitForReaderAsync(worker, waiter) : WaitAsync(worker, waiter);

    private ValueTask WaitForReaderAsync(Worker worker, Waiter waiter)
    {
        if (run.Observers is { ReadTimes: true })
        {
            worker.WaitsForReader = true;
            block.Intake.CountReaderWait(code.Now(worker), isBegin: true);
        }

        return WaitAsync(worker, waiter);
    }

    private ValueTask WaitAsync(Worker worker, Waiter waiter)
    {
        // The item has left: its place is free for another item, even while this worker cannot take it.
        block.ReleasePlace(worker);
        worker.ForgetTime();
        return waiter.WaitForAnswerAsync();
    }

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
