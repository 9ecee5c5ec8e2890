using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>What a worker does with the item in its hands: skip it, or run its tasks; then hand it on, put it away, or end it.</summary>
/// <remarks>Runs on the worker's loop and holds no lock. User code runs with the claim open: whoever ends the run may then take the item away (see
/// <see cref="Worker.TryClaim"/>), and the late body finds that out as soon as it ends.</remarks>
internal sealed class StageRunner(StageBlock block, RunState run)
{
    private readonly Stage _stage = block.Place.Definition;
    private readonly StageSettings _settings = block.Place.Definition.Settings;
    private readonly StageAttempts _attempts = new(block, run);
    private readonly bool _asksToSkip = block.Place.Definition.AsksToSkip;
    private readonly bool _hasOnSuccess = block.Place.Definition.HasOnSuccess;

    /// <summary>Begins with the item just taken.</summary>
    public ValueTask Begin(Worker worker, Item item)
    {
        if (_asksToSkip && !item.SkipAsked)
            return AskToSkip(worker, item);
        return BeginTask(worker, item, worker.Entry);
    }

    /// <summary>Goes on after what was begun has ended. False once the item has left the worker's hands.</summary>
    public bool GoOn(Worker worker, Item item, out ValueTask next)
    {
        switch (worker.Step)
        {
            case WorkStep.Task:
                return EndTask(worker, item, out next);
            case WorkStep.Permit:
                worker.LastStamp = 0;
                next = BeginTask(worker, item, worker.Slip.Answer ? Entry.Go : Entry.Canceled);
                return true;
            case WorkStep.Room:
                worker.LastStamp = 0;
                break;
        }

        next = default;
        return false;
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

    private ValueTask BeginTask(Worker worker, Item item, Entry entry)
    {
        if (entry == Entry.Go)
        {
            Handicap.Carry();
            worker.Step = WorkStep.Task;
            StageContext? context = _attempts.Begin(worker, item, Now(worker), out CancellationToken token);
            if (worker.Attempt.IsTooLate)
            {
                // No user code runs, so nobody is busy, and nothing could be abandoned.
                worker.Step = WorkStep.End;
                return EndFailedAttemptAsync(worker, item, error: null);
            }

            BeginUserCode(worker, _attempts.TaskName(item));
            return _attempts.Call(worker, item, context, token);
        }

        if (entry == Entry.Wait)
        {
            worker.Step = WorkStep.Permit;
            return worker.Slip.WaitForAnswerAsync();
        }

        // The item was canceled, or has gone back into the front.
        worker.Step = WorkStep.End;
        if (entry == Entry.Canceled)
            Cancel(worker, item, cause: null);
        return default;
    }

    private bool EndTask(Worker worker, Item item, out ValueTask next)
    {
        Handicap.Carry();
        Exception? error = worker.Error;
        worker.Error = null;
        bool isOurs = TryEndUserCode(worker, worker.Attempt.BeganAt, error);
        _attempts.End(worker);
        next = default;
        if (!isOurs)
            return false;
        if (error is not null)
        {
            worker.Step = WorkStep.End;
            next = EndFailedAttemptAsync(worker, item, error);
            return true;
        }

        item.PassTicks += worker.LastStamp - worker.Attempt.BeganAt;
        if (run.Observer is not null)
            run.Tell(item, TaskStep.Complete, block.Place, worker, worker.Attempt.BeganAt, worker.LastStamp);
        if (!_attempts.IsLastTask(item))
        {
            item.TaskIndex++;
            if (_settings.RetryScope == RetryScope.Task)
                item.Attempt = 0;
            next = BeginTask(worker, item, block.Enter(worker, item));
            return true;
        }

        return EndStage(worker, item, isSkipped: false, out next);
    }

    /// <summary>All tasks are done, or skipped.</summary>
    private bool EndStage(Worker worker, Item item, bool isSkipped, out ValueTask next)
    {
        if (_hasOnSuccess)
        {
            worker.Step = WorkStep.End;
            next = SucceedAsync(worker, item, isSkipped);
            return true;
        }

        if (HandOn(worker, item, isSkipped) is { } slip)
        {
            // The item has left: its place is free for another one, also while this worker cannot take it.
            worker.Step = WorkStep.Room;
            block.FreePlace(worker);
            next = slip.WaitForAnswerAsync();
            return true;
        }

        next = default;
        return false;
    }

    private ValueTask AskToSkip(Worker worker, Item item)
    {
        worker.Step = WorkStep.End;
        if (!AskToSkip(worker, item, out bool isSkipped, out Exception? error))
            return default;
        if (error is not null)
            return FailAsync(worker, item, error);
        if (!isSkipped)
            return BeginTask(worker, item, block.Enter(worker, item));
        item.HasStarted = true;
        EndStage(worker, item, isSkipped: true, out ValueTask next);
        return next;
    }

    /// <summary>Asks the predicate. False if the item was taken away from the worker in the meantime.</summary>
    private bool AskToSkip(Worker worker, Item item, out bool isSkipped, out Exception? error)
    {
        item.SkipAsked = true;
        isSkipped = false;
        error = null;
        long begin = BeginUserCode(worker, "SkipIf");
        UserCall user = UserCall.Begin();
        try
        {
            isSkipped = _stage.TrySkip(item);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }
        finally
        {
            user.End();
        }

        return TryEndUserCode(worker, begin, error);
    }

    private async ValueTask EndFailedAttemptAsync(Worker worker, Item item, Exception? error)
    {
        if (run.Closing == Closing.Canceled)
        {
            TellEnd(worker, item, TaskStep.Fail, error);
            block.CountEnd(ResultStatus.Canceled);
            Cancel(worker, item, error);
            return;
        }

        Exception failure = worker.Attempt.HasTimedOut ? _attempts.TimeoutError(worker, item, error) : error!;
        RetryDecision decision = Decide(worker, item, ref failure);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            TellEnd(worker, item, TaskStep.Fail, failure);
            await FailAsync(worker, item, failure).ConfigureAwait(false);
            return;
        }

        TellEnd(worker, item, TaskStep.Retry, failure);
        run.Tell(item, ItemStatus.Retrying, block.Place, worker, worker.LastStamp, failure);
        PrepareNextAttempt(item, failure, decision.Verdict == RetryVerdict.Throttle, worker.LastStamp);
        if (!block.PutAway(worker, item, run.Clock.After(worker.LastStamp, decision.Delay), decision.Verdict == RetryVerdict.Throttle))
            Cancel(worker, item, failure);
    }

    /// <summary>Tells how a call has ended. Of one that was not made nothing is told, nor was it when it should have begun.</summary>
    private void TellEnd(Worker worker, Item item, TaskStep step, Exception? error)
    {
        if (!worker.Attempt.IsTooLate)
            run.Tell(item, step, block.Place, worker, worker.Attempt.BeganAt, worker.LastStamp, error);
    }

    private RetryDecision Decide(Worker worker, Item item, ref Exception failure)
    {
        if (worker.Attempt.IsItemTimedOut)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        TimeSpan throttledFor = item.WasThrottled ? run.Clock.Between(item.ThrottledSince, worker.LastStamp) : TimeSpan.Zero;
        RetryDecision decision = _settings.Retry.Decide(failure, item.Attempt, throttledFor, mayThrottle: !worker.Attempt.HasTimedOut, run.NextRandom());
        if (decision.PolicyError is not null)
            run.ReportCallback("RetryPolicy", item.Id, block.Name, decision.PolicyError);
        if (decision.Verdict == RetryVerdict.Retry && run.Closing != Closing.No)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        if (decision.Verdict != RetryVerdict.Fail && _settings.ItemTimeout is { } limit
            && run.Clock.Between(item.StartedInStageAt, worker.LastStamp) + decision.Delay >= limit)
        {
            // The next attempt would begin after the item's time is over.
            failure = new AttemptTimeoutException(item.Id, block.Name, _stage.Tasks[item.TaskIndex].Name, item.Attempt, limit, isItemTimeout: true, failure);
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        }

        return decision;
    }

    private void PrepareNextAttempt(Item item, Exception failure, bool isThrottled, long now)
    {
        item.LastError = failure;
        item.IsThrottled = isThrottled;
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
            item.PassTicks = 0;
            item.Value = item.Input;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SucceedAsync(Worker worker, Item item, bool isSkipped)
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
        if (!isSkipped)
            block.CountPass(worker, item);
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
