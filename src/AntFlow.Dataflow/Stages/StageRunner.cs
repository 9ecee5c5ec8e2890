using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>What a worker does with the item in its hands: skip it, or run its tasks; then hand it on, put it away, or end it.</summary>
/// <remarks>Runs on the worker's loop and holds no lock. User code runs with the claim open: whoever ends the run may then take the item away (see
/// <see cref="Worker.TryClaim"/>), and the late body finds that out as soon as it ends.</remarks>
internal sealed class StageRunner(StageBlock block, RunState run)
{
    private readonly Stage _stage = block.Place.Definition;
    private readonly StageSettings _settings = block.Place.Definition.Settings;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WorkAsync(Worker worker, Item item)
    {
        Entry entry = worker.Entry;
        if (_stage.AsksToSkip && !item.SkipAsked)
        {
            if (!AskToSkip(worker, item, out bool isSkipped, out Exception? skipError))
                return;
            if (isSkipped)
                await SucceedAsync(worker, item, isSkipped: true).ConfigureAwait(false);
            else if (skipError is not null)
                await FailAsync(worker, item, skipError).ConfigureAwait(false);
            if (isSkipped || skipError is not null)
                return;
            entry = block.Enter(worker, item);
        }

        while (true)
        {
            if (entry == Entry.Wait)
            {
                entry = await worker.Slip.WaitAsync().ConfigureAwait(false) ? Entry.Go : Entry.Canceled;
                worker.LastStamp = 0;
            }

            if (entry != Entry.Go)
            {
                EndBeforeTask(worker, item, entry);
                return;
            }

            Exception? error = null;
            Attempt attempt = Begin(worker, item);
            try
            {
                if (!attempt.IsTooLate)
                    await attempt.CallAsync().ConfigureAwait(false);
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            if (!End(worker, attempt, error))
                return;
            if (error is null && !attempt.IsTooLate && MoveToNextTask(worker, item, attempt))
            {
                entry = block.Enter(worker, item);
                continue;
            }

            if (error is not null || attempt.IsTooLate)
                await EndFailedAttemptAsync(worker, item, attempt, error).ConfigureAwait(false);
            else if (_stage.HasOnSuccess)
                await SucceedAsync(worker, item, isSkipped: false).ConfigureAwait(false);
            else if (HandOn(worker, item, isSkipped: false) is { } slip)
                await WaitAsync(worker, slip).ConfigureAwait(false);
            return;
        }
    }

    /// <summary>The observers cannot keep up: the worker, which has no item in its hands, waits for them before it takes the next one.</summary>
    public async ValueTask WaitForObserversAsync(Worker worker)
    {
        block.FreePlace(worker);
        await run.Observer!.WaitForRoomAsync(run.Token).ConfigureAwait(false);
        worker.LastStamp = 0;
    }

    /// <summary>The engine broke, perhaps with an item in the hands of a worker: it has failed, and nothing more starts.</summary>
    public void EndFaulted(Exception error, Worker? worker)
    {
        run.ReportFault(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        block.CountEnd(ResultStatus.Failed);
        run.Conclude(item, new Conclusion(ResultStatus.Failed, block.Place, error));
    }

    /// <summary>The worker may not begin the task: the item was canceled, or has gone back into the front.</summary>
    private void EndBeforeTask(Worker worker, Item item, Entry entry)
    {
        if (entry == Entry.Canceled)
            Cancel(worker, item, cause: null);
    }

    private Attempt Begin(Worker worker, Item item)
    {
        long now = Now(worker);
        Attempt attempt = Attempt.Begin(block, run, worker, item, now);
        BeginUserCode(worker, _stage.Tasks[item.TaskIndex].Name);
        return attempt;
    }

    /// <summary>False if the item was taken away from the worker in the meantime.</summary>
    private bool End(Worker worker, in Attempt attempt, Exception? error)
    {
        bool isOurs = TryEndUserCode(worker, attempt.BeganAt, error);
        attempt.End();
        return isOurs;
    }

    private bool MoveToNextTask(Worker worker, Item item, in Attempt attempt)
    {
        run.Tell(item, TaskStep.Complete, block.Place, worker, attempt.BeganAt, worker.LastStamp);
        if (item.TaskIndex + 1 == _stage.Tasks.Count)
            return false;
        item.TaskIndex++;
        if (_settings.RetryScope == RetryScope.Task)
            item.Attempt = 0;
        return true;
    }

    /// <summary>Asks the predicate. False if the item was taken away from the worker in the meantime.</summary>
    private bool AskToSkip(Worker worker, Item item, out bool isSkipped, out Exception? error)
    {
        item.SkipAsked = true;
        isSkipped = false;
        error = null;
        ExecutionContext? clean = ExecutionContext.Capture();
        long begin = BeginUserCode(worker, "SkipIf");
        try
        {
            isSkipped = _stage.TrySkip(item);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        // What the predicate has set in AsyncLocals is no business of the attempt.
        if (clean is not null)
            ExecutionContext.Restore(clean);
        return TryEndUserCode(worker, begin, error);
    }

    private async ValueTask EndFailedAttemptAsync(Worker worker, Item item, Attempt attempt, Exception? error)
    {
        if (run.Closing == Closing.Canceled)
        {
            run.Tell(item, TaskStep.Fail, block.Place, worker, attempt.BeganAt, worker.LastStamp, error);
            block.CountEnd(ResultStatus.Canceled);
            Cancel(worker, item, error);
            return;
        }

        Exception failure = attempt.HasTimedOut ? attempt.TimeoutError(error) : error!;
        RetryDecision decision = Decide(worker, item, attempt, ref failure);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            run.Tell(item, TaskStep.Fail, block.Place, worker, attempt.BeganAt, worker.LastStamp, failure);
            await FailAsync(worker, item, failure).ConfigureAwait(false);
            return;
        }

        run.Tell(item, TaskStep.Retry, block.Place, worker, attempt.BeganAt, worker.LastStamp, failure);
        run.Tell(item, ItemStatus.Retrying, block.Place, worker, worker.LastStamp, failure);
        PrepareNextAttempt(item, failure, decision.Verdict == RetryVerdict.Throttle, worker.LastStamp);
        if (!block.PutAway(worker, item, run.Clock.After(worker.LastStamp, decision.Delay), decision.Verdict == RetryVerdict.Throttle))
            Cancel(worker, item, failure);
    }

    private RetryDecision Decide(Worker worker, Item item, Attempt attempt, ref Exception failure)
    {
        if (attempt.IsItemTimedOut)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        TimeSpan throttledFor = item.WasThrottled ? run.Clock.Between(item.ThrottledSince, worker.LastStamp) : TimeSpan.Zero;
        RetryDecision decision = _settings.Retry.Decide(failure, item.Attempt, throttledFor, mayThrottle: !attempt.HasTimedOut, run.NextRandom());
        if (decision.PolicyError is not null)
            run.ReportCallback("RetryPolicy", item.Id, block.Name, decision.PolicyError);
        if (decision.Verdict == RetryVerdict.Retry && run.Closing != Closing.No)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        if (decision.Verdict != RetryVerdict.Fail && _settings.ItemTimeout is { } limit
            && run.Clock.Between(item.StartedInStageAt, worker.LastStamp) + decision.Delay >= limit)
        {
            // The next attempt would begin after the item's time is over.
            failure = new AttemptTimeoutException(block.Name, _stage.Tasks[item.TaskIndex].Name, item.Attempt, limit, isItemTimeout: true, failure);
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        }

        return decision;
    }

    private void PrepareNextAttempt(Item item, Exception failure, bool isThrottled, long now)
    {
        item.LastError = failure;
        if (isThrottled)
        {
            item.Attempt--;
            if (!item.WasThrottled)
                item.ThrottledSince = now;
            item.WasThrottled = true;
        }

        if (_settings.RetryScope == RetryScope.Stage)
        {
            item.TaskIndex = 0;
            item.Value = item.Input;
        }
    }

    private async ValueTask SucceedAsync(Worker worker, Item item, bool isSkipped)
    {
        if (isSkipped)
            item.HasStarted = true;
        if (_stage.HasOnSuccess)
        {
            if (worker.Permit is not null)
                block.GiveBackPermit(worker);
            long begin = BeginUserCode(worker, "OnSuccess");
            Exception? thrown = null;
            try
            {
                await _stage.NotifySuccessAsync(item, worker, ElapsedInStage(item, begin)).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                thrown = error;
            }

            if (!EndCallback(worker, begin, "OnSuccess", thrown))
                return;
        }

        if (HandOn(worker, item, isSkipped) is { } slip)
            await WaitAsync(worker, slip).ConfigureAwait(false);
    }

    private async ValueTask FailAsync(Worker worker, Item item, Exception error)
    {
        if (_stage.HasOnFailure)
        {
            if (worker.Permit is not null)
                block.GiveBackPermit(worker);
            long begin = BeginUserCode(worker, "OnFailure");
            Exception? thrown = null;
            try
            {
                await _stage.NotifyFailureAsync(item, worker, error, ElapsedInStage(item, begin)).ConfigureAwait(false);
            }
            catch (Exception callbackError)
            {
                thrown = callbackError;
            }

            if (!EndCallback(worker, begin, "OnFailure", thrown))
                return;
        }

        worker.FailedItems++;
        run.Tell(item, ItemStatus.Failed, block.Place, worker, Now(worker), error);
        block.CountEnd(ResultStatus.Failed);
        End(worker);
        if (run.Conclude(item, new Conclusion(ResultStatus.Failed, block.Place, error), worker.Slip))
            await WaitAsync(worker, worker.Slip).ConfigureAwait(false);
    }

    /// <summary>Ends an item that was counted as canceled already.</summary>
    private void Cancel(Worker worker, Item item, Exception? cause)
    {
        string what = run.Closing == Closing.Canceled ? "canceled" : "stopped";
        var error = new OperationCanceledException($"The run was {what} while the item was in stage '{block.Name}'.", cause, run.Token);
        run.Tell(item, ItemStatus.Canceled, block.Place, worker, Now(worker), error);
        End(worker);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, block.Place, error));
    }

    private WaitSlip? HandOn(Worker worker, Item item, bool isSkipped)
    {
        worker.Processed++;
        long stamp = Now(worker);
        run.Tell(item, isSkipped ? ItemStatus.Skipped : ItemStatus.Completed, block.Place, worker, stamp);
        WaitSlip? slip = block.Next.Arrive(worker, item, isSkipped, stamp);
        worker.OwesPlace = true;
        return slip;
    }

    /// <summary>The item leaves the worker's hands without being handed on.</summary>
    private static void End(Worker worker)
    {
        worker.Item = null;
        worker.OwesPlace = true;
    }

    private async ValueTask WaitAsync(Worker worker, WaitSlip slip)
    {
        // The item has left: its place is free for another one, also while this worker cannot take it.
        block.FreePlace(worker);
        await slip.WaitAsync().ConfigureAwait(false);
        worker.LastStamp = 0;
    }

    private TimeSpan ElapsedInStage(Item item, long now) => item.HasStartedInStage ? run.Clock.Between(item.StartedInStageAt, now) : TimeSpan.Zero;

    private long Now(Worker worker) => worker.LastStamp != 0 ? worker.LastStamp : worker.LastStamp = run.Clock.Now;

    private long BeginUserCode(Worker worker, string what)
    {
        long begin = Now(worker);
        worker.Since = begin;
        worker.Task = what;
        worker.IsBusy = true;
        worker.OpenClaim();
        return begin;
    }

    private void EndUserCode(Worker worker, long begin)
    {
        long end = run.Clock.Now;
        worker.IsBusy = false;
        worker.Task = null;
        worker.BusyTicks += end - begin;
        worker.LastActive = end;
        worker.Since = end;
        worker.LastStamp = end;
    }

    private bool EndCallback(Worker worker, long begin, string callback, Exception? thrown)
    {
        if (thrown is not null)
            run.ReportCallback(callback, worker.ItemId, block.Name, thrown);
        return TryEndUserCode(worker, begin, thrown);
    }

    /// <summary>User code has ended. False if the item was taken away from the worker in the meantime: then the worker is free, and no more.</summary>
    private bool TryEndUserCode(Worker worker, long begin, Exception? thrown)
    {
        bool isOurs = worker.TryClaim();
        EndUserCode(worker, begin);
        if (!isOurs)
            run.ReportLate(worker.ItemId, block.Name, thrown);
        return isOurs;
    }
}
