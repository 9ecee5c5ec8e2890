namespace AntFlow.Dataflow;

/// <summary>The loop of a worker of a stage: it takes an item, runs its tasks in the stage, and takes the next one.</summary>
/// <remarks><see cref="RunAsync"/> is the only state machine between the thread pool and a task: an item whose task suspends costs one continuation, an item whose task does not costs none. Rare cases
/// have async methods. No lock is held here. User code runs with the claim open: what ends the run may then take the item away (see <see cref="Worker.TryForbidAbandon"/>), and the late call finds
/// that out as soon as it ends.</remarks>
internal sealed partial class StageLoop
{
    private const string SerialBy = nameof(SerialBy);

    private readonly StageBlock _block;
    private readonly RunState _run;
    private readonly UserCode _code;
    private readonly StageAttempts _attempts;
    private readonly OutcomeHandler _outcomes;
    private readonly Stage _stage;
    private readonly IItemSaver? _saver;
    private readonly bool _asksToSkip;
    private readonly bool _waitsFirst;
    private readonly bool _hasKeys;
    private readonly bool _looks;
    private readonly ObserverGroup? _asked;

    public StageLoop(StageBlock block, RunState run)
    {
        _block = block;
        _run = run;
        _code = new UserCode(block, run);
        _attempts = new StageAttempts(block, run, _code);
        _outcomes = new OutcomeHandler(block, run, _code, _attempts);
        _stage = block.Stage.Definition;
        _saver = run.Saver;
        _asksToSkip = _stage.HasSkipIf;
        _waitsFirst = _stage.Poll is { WaitsFirst: true };
        _hasKeys = _stage.HasSerialBy;
        _looks = _asksToSkip || _waitsFirst || _hasKeys;
        _asked = run.Observers is { MayBeFull: true } ? run.Observers : null;
    }

    /// <summary>Runs until its host is retired.</summary>
    public async Task<Activation> RunAsync(Activation activation)
    {
        Worker? worker = null;
        try
        {
            var slice = new TimeSlice(_run.Clock);
            var wake = new Waiter();
            do
            {
                while (_block.Workers.TryTake(ref worker, activation.Host, wake, out Item? item, out Outcome outcome))
                {
                    if (item.Visit.IsSaved || _looks)
                        outcome = Look(worker, item, outcome);
                    while (outcome.NeedsTask)
                    {
                        if (outcome.AwaitsAPermit)
                        {
                            TurnFromQueue(worker, item, Spending.Limit);
                            outcome = await slice.Note(worker.WaitAsync()).ConfigureAwait(false) ? Outcome.None : Outcome.Canceled;
                        }

                        if (outcome.IsNone && _saver is not null && !worker.IsMarked)
                            outcome = await slice.Note(MarkAsync(_saver, worker, item)).ConfigureAwait(false);
                        if (!outcome.IsNone)
                            break;
                        outcome = _attempts.Begin(worker, item, out PendingCall? call);
                        if (call is not null)
                        {
                            if (call.Task is { } task)
                                await slice.Note(task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                            else
                                await slice.Note(call.WaitAsync()).ConfigureAwait(false);
                            outcome = call.GetOutcome(item);
                        }

                        outcome = _attempts.End(worker, item, outcome);
                        if (outcome.IsSuccess && _attempts.TryMoveOn(item))
                            outcome = _block.AskToBegin(worker, item);
                    }

                    ValueTask left = _outcomes.HandleAsync(worker, item, outcome);
                    if (!left.IsCompletedSuccessfully)
                        await slice.Note(left).ConfigureAwait(false);
                    if (_asked is { } observers && MustWaitFor(observers, worker))
                        await slice.Note(WaitForObserversAsync(worker)).ConfigureAwait(false);
                    if (slice.EndItem(worker))
                    {
                        await Task.Yield();
                        worker.ForgetTime();
                        slice.Restart();
                    }
                }

                worker = null;
                slice.Restart();
            }
            while (await wake.WaitAsync().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            EndFaulted(error, worker);
        }

        return activation;
    }

    /// <summary>Handles an engine that broke, perhaps while a worker held an item: the item has failed, and nothing more starts.</summary>
    public void EndFaulted(Exception error, Worker? worker)
    {
        _run.ReportFault(error);
        Item? left = worker?.Item;
        Broken("item-of-a-broken-worker-is-lost", ref left, null);
        // User code may have been interrupted, with the claim open: an item that is abandoned at this moment has already ended.
        if (worker is null || left is not { } item || !worker.TryKeepItem(out bool isInUserCode))
            return;
        worker.Item = null;
        _run.NotifyFailed(item, _block.Stage, worker, _run.Clock.Now, error, function: null);
        _block.CountEnd(ResultStatus.Failed);
        _run.Conclude(item, new Conclusion(ResultStatus.Failed, _block.Stage, error, WasAbandoned: isInUserCode));
    }

    /// <summary>Checks whether the item needs its tasks now: not if it has been saved, is to be skipped, or is to be looked at for the first time later.</summary>
    private Outcome Look(Worker worker, Item item, Outcome taken)
    {
        if (item.Visit.IsSaved)
        {
            TurnFromQueue(worker, item, Spending.Run);
            return Outcome.Saved;
        }

        // An item that waited for its key has been asked all, and has begun nothing.
        if (item.Visit.WasAsked)
            return _waitsFirst && item.Visit is { Standing: VisitState.Started, HasStarted: false } ? Outcome.FirstLook : taken;
        bool isFresh = item.Visit.Standing == VisitState.Fresh;
        Outcome asked = _asksToSkip ? EvaluateSkipIf(worker, item) : Outcome.None;
        if (asked.IsNone && _hasKeys)
            asked = EvaluateSerialBy(worker, item);
        if (!asked.IsNone)
            return Withdraw(item, asked);
        if (_waitsFirst && isFresh)
            return Outcome.FirstLook;
        if (!_asksToSkip && !_hasKeys)
            return taken;
        TurnFromQueue(worker, item, Spending.Limit);
        return _block.AskToBegin(worker, item);
    }

    /// <summary>Calls the predicate.</summary>
    private Outcome EvaluateSkipIf(Worker worker, Item item)
    {
        item.Visit.Standing = VisitState.Started;
        bool isSkipped = false;
        Exception? error = null;
        string function = string.Empty;
        TurnFromQueue(worker, item, Spending.Run);
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

        if (!_code.TryEnd(worker, begin, error))
            return Outcome.Gone;
        if (error is not null)
            return Outcome.FailedForGood(error, function);
        if (!isSkipped)
            return Outcome.None;
        item.HasStarted = true;
        return Outcome.Skipped;
    }

    // Items that were taken after it get their keys now, and not only when it has ended.
    private Outcome Withdraw(Item item, Outcome outcome)
    {
        if (_hasKeys && outcome.Kind is OutcomeKind.Skipped or OutcomeKind.FailedForGood && item.KeyState is { } request)
            _block.Requeuing.ReleaseKey(request);
        return outcome;
    }

    /// <summary>Calls the function that returns the key, and gives the item its key.</summary>
    private Outcome EvaluateSerialBy(Worker worker, Item item)
    {
        item.Visit.Standing = VisitState.Started;
        ItemId key = default;
        Exception? error = null;
        TurnFromQueue(worker, item, Spending.Run);
        long begin = _code.Begin(worker, SerialBy);
        UserCall user = UserCall.Begin(_run.Caller);
        try
        {
            key = _stage.GetSerialKey(item);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }
        finally
        {
            user.End();
        }

        if (!_code.TryEnd(worker, begin, error))
            return Outcome.Gone;
        if (error is not null)
            return Outcome.FailedForGood(error, SerialBy);
        return _block.Requeuing.EnterKey(worker, item, key);
    }

    /// <summary>Notes that an attempt is about to start. The write may take time, or fail; and a suspect may not be allowed to start now.</summary>
    private async ValueTask<Outcome> MarkAsync(IItemSaver saver, Worker worker, Item item)
    {
        if (item.Record!.MaxConcurrentSuspects != 0 && !saver.Suspects.TryStart(_block.Stage.Index, worker, item.Record))
            return Outcome.Suspected;
        // Noted once in each start of the run: an answer that crashes the process does so at the first look after the crash, too. A note for each look would be a write for each.
        if (item.Visit is { IsPolling: true, HasStarted: true } && item.Record.MaxConcurrentSuspects == 0 && saver.IsOwned && _run.Closing != Closing.Canceled)
            return Outcome.None;
        TurnFromQueue(worker, item, Spending.Store);
        await saver.MarkStartedAsync(_block, worker, item).ConfigureAwait(false);
        worker.ForgetTime();
        if (worker.IsMarked && _run.Closing != Closing.Canceled)
            return Outcome.None;
        _block.CountEnd(ResultStatus.Canceled);
        return Outcome.Canceled;
    }

    /// <summary>Notes that the item no longer waits in the queue, or for its next attempt.</summary>
    private void TurnFromQueue(Worker worker, Item item, Spending next)
    {
        if (!item.IsTimed)
            return;
        long now = _code.Now(worker);
        item.Timing.Leave(item.Visit.ReadyAt, now, _block.Intake.BlockedByReader(now), next);
    }

    /// <summary>Returns whether the worker has to wait for observers that cannot keep up, before its next item.</summary>
    private bool MustWaitFor(ObserverGroup observers, Worker worker)
    {
        _outcomes.EndReaderWait(worker);
        return observers.AreFull;
    }

    /// <summary>Lets the worker, which holds no item, wait for observers that cannot keep up, before it takes the next item.</summary>
    private async ValueTask WaitForObserversAsync(Worker worker)
    {
        _block.ReleasePlace(worker);
        await _run.Observers!.WaitForRoomAsync(_run.Token).ConfigureAwait(false);
        worker.ForgetTime();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
