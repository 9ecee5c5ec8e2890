namespace AntFlow.Dataflow;

/// <summary>What a worker does with the item in its hands: skip it, or run its tasks; then hand it on, put it away, or end it.</summary>
/// <remarks>Runs on the worker's loop and holds no lock. User code runs with the claim open: what ends the run may then take the item away (see
/// <see cref="Worker.TryClaim"/>), and the late body finds that out as soon as it ends.</remarks>
internal sealed class StageRunner
{
    /// <summary>What a policy that throws is told of as.</summary>
    public const string Policy = nameof(RetryPolicy);

    private readonly StageBlock _block;
    private readonly RunState _run;
    private readonly UserCode _code;
    private readonly StageExits _exits;
    private readonly Stage _stage;
    private readonly StageSettings _settings;
    private readonly StageAttempts _attempts;
    private readonly bool _asksToSkip;
    private readonly bool _hasOnSuccess;

    public StageRunner(StageBlock block, RunState run)
    {
        _block = block;
        _run = run;
        _code = new UserCode(block, run);
        _exits = new StageExits(block, run, _code);
        _stage = block.Place.Definition;
        _settings = _stage.Settings;
        _attempts = new StageAttempts(block, run);
        _asksToSkip = _stage.AsksToSkip;
        _hasOnSuccess = _stage.HasOnSuccess;
    }

    /// <summary>Begins with the item just taken.</summary>
    public ValueTask Begin(Worker worker, Item item)
    {
        if (item.IsSaved)
            return _exits.TellSaved(worker, item);
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
            case WorkStep.Mark:
                worker.LastStamp = 0;
                next = BeginMarked(worker, item);
                return true;
            case WorkStep.Permit:
                worker.LastStamp = 0;
                next = BeginTask(worker, item, worker.Slip.Answer ? Entry.Go : Entry.Canceled);
                return true;
            case WorkStep.Saving:
                worker.LastStamp = 0;
                return _exits.GoOnSaving(_run.Saver!, worker, item, out next);
            case WorkStep.SavingBytes:
                worker.LastStamp = 0;
                return _exits.Save(_run.Saver!, worker, item, out next);
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
        _block.FreePlace(worker);
        await _run.Observer!.WaitForRoomAsync(_run.Token).ConfigureAwait(false);
        worker.LastStamp = 0;
    }

    /// <summary>The engine broke, perhaps with an item in the hands of a worker: it has failed, and nothing more starts.</summary>
    public void EndFaulted(Exception error, Worker? worker)
    {
        _run.ReportFault(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        _block.CountEnd(ResultStatus.Failed);
        _run.Conclude(item, new Conclusion(ResultStatus.Failed, _block.Place, error));
    }

    private ValueTask BeginTask(Worker worker, Item item, Entry entry)
    {
        if (entry == Entry.Go)
        {
            if (_run.Saver is not { } saver || worker.IsMarked)
                return BeginAttempt(worker, item);
            if (item.Record!.Width != 0 && !saver.Suspects.TryStart(_block.Place.Index, worker, item.Record))
            {
                PutAside(saver.Suspects, worker, item);
                return default;
            }

            worker.Step = WorkStep.Mark;
            return saver.MarkStartedAsync(_block, worker, item);
        }

        if (entry == Entry.Wait)
        {
            worker.Step = WorkStep.Permit;
            return worker.Slip.WaitForAnswerAsync();
        }

        // The item was canceled, or goes back into the front.
        _run.Saver?.MarkEnded(worker);
        worker.Step = WorkStep.End;
        if (entry == Entry.Canceled || !_block.PutBack(worker, item))
            _exits.Cancel(worker, item, cause: null);
        return default;
    }

    /// <summary>The item may not run together with the suspects that run: the worker takes another one.</summary>
    private void PutAside(Suspects suspects, Worker worker, Item item)
    {
        worker.Step = WorkStep.End;
        // The envelope may be another item's as soon as it is put aside.
        ItemRecord suspect = item.Record!;
        if (_block.PutAside(worker, item))
            suspects.Hold(_block, suspect);
        else
            _exits.Cancel(worker, item, cause: null);
    }

    private ValueTask BeginAttempt(Worker worker, Item item)
    {
        Handicap.Carry();
        worker.Step = WorkStep.Task;
        StageContext? context = _attempts.Begin(worker, item, _code.Now(worker), out CancellationToken token);
        if (worker.Attempt.IsTooLate)
        {
            // No user code runs, so no worker is busy, and nothing could be abandoned.
            _run.Saver?.MarkEnded(worker);
            worker.Step = WorkStep.End;
            return EndFailedAttemptAsync(worker, item, error: null);
        }

        _code.Begin(worker, _attempts.TaskName(item));
        return _attempts.Call(worker, item, context, token);
    }

    // Noting that the attempt is about to start may have taken its time, or have failed.
    private ValueTask BeginMarked(Worker worker, Item item)
    {
        if (worker.IsMarked && _run.Closing != Closing.Canceled)
            return BeginAttempt(worker, item);
        _run.Saver!.MarkEnded(worker);
        worker.Step = WorkStep.End;
        _block.CountEnd(ResultStatus.Canceled);
        _exits.Cancel(worker, item, cause: null);
        return default;
    }

    private bool EndTask(Worker worker, Item item, out ValueTask next)
    {
        Handicap.Carry();
        Exception? error = worker.Error;
        worker.Error = null;
        bool isOurs = _code.TryEnd(worker, worker.Attempt.BeganAt, error);
        _attempts.End(worker);
        next = default;
        if (_run.Saver is { } saver && (!isOurs || error is not null || _attempts.IsLastTask(item)))
            saver.MarkEnded(worker);
        if (!isOurs)
            return false;
        if (error is not null)
        {
            worker.Step = WorkStep.End;
            next = EndFailedAttemptAsync(worker, item, error);
            return true;
        }

        item.PassTicks += worker.LastStamp - worker.Attempt.BeganAt;
        if (_run.Observer is not null)
            _run.Tell(item, TaskStep.Complete, _block.Place, worker, worker.Attempt.BeganAt, worker.LastStamp);
        if (!_attempts.IsLastTask(item))
        {
            item.TaskIndex++;
            // The refusals in a row are those of one task.
            item.Refusals = 0;
            if (_settings.RetryScope == RetryScope.Task)
                item.Attempt = item.Record?.AttemptsBefore(_block.Place.Index, item.TaskIndex) ?? 0;
            next = BeginTask(worker, item, _block.Enter(worker, item));
            return true;
        }

        return EndStage(worker, item, isSkipped: false, out next);
    }

    /// <summary>All tasks are done, or skipped.</summary>
    private bool EndStage(Worker worker, Item item, bool isSkipped, out ValueTask next)
    {
        if (_run.Saver is { } saver)
            return _exits.SaveStage(saver, worker, item, isSkipped, out next);
        if (_hasOnSuccess)
        {
            worker.Step = WorkStep.End;
            next = _exits.SucceedAsync(worker, item, isSkipped);
            return true;
        }

        if (_exits.HandOn(worker, item, isSkipped) is { } slip)
        {
            // The item has left: its place is free for another one, also while this worker cannot take it.
            worker.Step = WorkStep.Room;
            _block.FreePlace(worker);
            next = slip.WaitForAnswerAsync();
            return true;
        }

        next = default;
        return false;
    }

    private ValueTask AskToSkip(Worker worker, Item item)
    {
        worker.Step = WorkStep.End;
        string function = string.Empty;
        if (!AskToSkip(worker, item, out bool isSkipped, out Exception? error, ref function))
            return default;
        if (error is not null)
            return _exits.FailAsync(worker, item, error, function);
        if (!isSkipped)
            return BeginTask(worker, item, _block.Enter(worker, item));
        item.HasStarted = true;
        EndStage(worker, item, isSkipped: true, out ValueTask next);
        return next;
    }

    /// <summary>Asks the predicate. False if the item was taken away from the worker in the meantime.</summary>
    private bool AskToSkip(Worker worker, Item item, out bool isSkipped, out Exception? error, ref string function)
    {
        item.SkipAsked = true;
        isSkipped = false;
        error = null;
        long begin = _code.Begin(worker, "SkipIf");
        UserCall user = UserCall.Begin(_run.Caller);
        try
        {
            isSkipped = _stage.TrySkip(item, ref function);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }
        finally
        {
            user.End();
        }

        return _code.TryEnd(worker, begin, error);
    }

    private async ValueTask EndFailedAttemptAsync(Worker worker, Item item, Exception? error)
    {
        if (_run.Closing == Closing.Canceled)
        {
            TellEnd(worker, item, TaskStep.Fail, error);
            _block.CountEnd(ResultStatus.Canceled);
            _exits.Cancel(worker, item, error);
            return;
        }

        Exception failure = worker.Attempt.HasTimedOut ? _attempts.TimeoutError(worker, item, error) : error!;
        RetryDecision decision = Decide(worker, item, ref failure);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            TellEnd(worker, item, TaskStep.Fail, failure);
            await _exits.FailAsync(worker, item, failure).ConfigureAwait(false);
            return;
        }

        TellEnd(worker, item, TaskStep.Retry, failure);
        _run.Tell(item, ItemStatus.Retrying, _block.Place, worker, worker.LastStamp, failure);
        PrepareNextAttempt(item, failure, decision.Verdict == RetryVerdict.Throttle, worker.LastStamp);
        _run.Saver?.SaveRetry(_block, item, failure, decision.Delay);
        // While the run is being stopped, the item ends Canceled with the attempts it has left: with checkpoints the next run makes them.
        if (!_block.PutAway(worker, item, _run.Clock.After(worker.LastStamp, decision.Delay), decision.Verdict == RetryVerdict.Throttle))
            _exits.Cancel(worker, item, failure);
    }

    /// <summary>Tells how a call has ended. Of one that was not made nothing is told, nor was it when it should have begun.</summary>
    private void TellEnd(Worker worker, Item item, TaskStep step, Exception? error)
    {
        if (!worker.Attempt.IsTooLate)
            _run.Tell(item, step, _block.Place, worker, worker.Attempt.BeganAt, worker.LastStamp, error);
    }

    private RetryDecision Decide(Worker worker, Item item, ref Exception failure)
    {
        if (worker.Attempt.IsItemTimedOut || failure is AntFlowException { IsFinal: true })
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        TimeSpan throttledFor = item.WasThrottled ? _run.Clock.Between(item.ThrottledSince, worker.LastStamp) : TimeSpan.Zero;
        RetryDecision decision = _settings.Retry.Decide(_run.Caller, new FailedAttempt(failure, item.Attempt, item.Refusals, throttledFor, MayThrottle: !worker.Attempt.HasTimedOut), _run.NextRandom());
        if (decision.PolicyError is not null)
            _run.ReportCallback(Policy, item.Id, _block.Name, decision.PolicyError);
        if (decision.Verdict != RetryVerdict.Fail && _settings.ItemTimeout is { } limit
            && _run.Clock.Between(item.StartedInStageAt, worker.LastStamp) + decision.Delay >= limit)
        {
            // The next attempt would begin after the item's time is over.
            failure = new AttemptTimeoutException(item.Id, _block.Name, _stage.Tasks[item.TaskIndex].Name, item.Attempt, limit, isItemTimeout: true, failure);
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        }

        return decision;
    }

    private void PrepareNextAttempt(Item item, Exception failure, bool isThrottled, long now)
    {
        item.LastError = failure;
        item.IsThrottled = isThrottled;
        item.Refusals = isThrottled ? item.Refusals + 1 : 0;
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
}
