namespace AntFlow.Dataflow;

/// <summary>The workers of an executor: the loop and the front of a stage, with calls in place of tasks.</summary>
internal sealed class ExecutorPool : ExecutorIntake
{
    // Told by nobody's call, it goes where the errors of tasks go that nobody awaits.
    private static readonly Action<Exception> _reportRegistration = static error => _ = Task.FromException(error);

    private ExecutorPool(int workers, RunClock clock, Action<Exception> onTimerFault)
        : base(workers, clock, onTimerFault)
    {
    }

    protected override bool IsHeldBack => false;

    public static ExecutorPool Start(int workers, TimeProvider time)
    {
        ExecutorPool? pool = null;
        var clock = new RunClock(time) { OnFault = error => pool!.Break(error) };
        return pool = new ExecutorPool(workers, clock, error => pool!.Break(error));
    }

    protected override ValueTask Begin(Worker worker, Item item)
    {
        ExecutorCall call = CallOf(item);
        if (call.Terms.Limit is { } limit)
        {
            try
            {
                if (!limit.TryEnter(worker, item))
                {
                    worker.Step = WorkStep.Permit;
                    return WaitForPermitAsync(limit, worker, call.Token);
                }
            }
            catch (ObjectDisposedException disposed)
            {
                call.FailUnbegun(item, disposed);
                End(worker, item);
                return default;
            }
        }

        return BeginAttempt(worker, item, call);
    }

    protected override bool GoOn(Worker worker, Item item, out ValueTask next)
    {
        next = default;
        switch (worker.Step)
        {
            case WorkStep.Task:
                EndAttempt(worker, item, CallOf(item));
                return false;
            case WorkStep.Permit:
                worker.LastStamp = 0;
                if (worker.Slip.Answer)
                    next = BeginAttempt(worker, item, CallOf(item));
                else
                    EndWithoutPermit(worker, item);
                return worker.Slip.Answer;
            default:
                return false;
        }
    }

    protected override ValueTask RestAsync(Worker worker) => default;

    protected override void OnFault(Exception error, Worker? worker)
    {
        Break(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        ExecutorCall call = CallOf(item);
        if (worker.Step == WorkStep.Task)
        {
            call.Terms.Limit?.GiveBack();
            call.Fail(item, error);
        }
        else
        {
            call.FailUnbegun(item, error);
        }
    }

    protected override bool MayStartNeedsLock() => true;

    protected override void OnNextNeedsLock(Worker worker, Item? next, ref Aftermath after)
    {
    }

    private static async ValueTask WaitForPermitAsync(LimitLine limit, Worker worker, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static wait => (((LimitLine, Worker))wait!).Item1.StopWaiting((((LimitLine, Worker))wait).Item2), (limit, worker)))
            await worker.Slip.WaitAsync().ConfigureAwait(false);
    }

    private ValueTask BeginAttempt(Worker worker, Item item, ExecutorCall call)
    {
        if (!call.TryBegin())
        {
            worker.LastStamp = 0;
            call.Terms.Limit?.GiveBack();
            End(worker, item);
            return default;
        }

        // Nobody shows how long a call takes: the time is asked for where a timeout needs it, or a loop whose calls do not suspend.
        worker.Attempt = new Attempt { BeganAt = call.Terms.ItemTimeout is not null || !worker.Suspends ? Clock.Now : 0 };
        if (!item.HasStartedInStage)
        {
            item.HasStartedInStage = true;
            item.StartedInStageAt = worker.Attempt.BeganAt;
        }

        worker.Step = WorkStep.Task;
        CancellationToken token = call.Terms.ItemTimeout is { } limit ? SetTimer(worker, item, call, limit) : call.Token;
        if (!worker.Attempt.IsTooLate)
            item.Attempt++;
        return worker.Attempt.IsTooLate ? default : call.Run(worker, item, token);
    }

    private CancellationToken SetTimer(Worker worker, Item item, ExecutorCall call, TimeSpan limit)
    {
        TimeSpan left = limit - Clock.Between(item.StartedInStageAt, worker.Attempt.BeganAt);
        worker.Attempt.IsOfItem = true;
        worker.Attempt.IsTooLate = left <= TimeSpan.Zero;
        if (worker.Attempt.IsTooLate)
            return call.Token;
        worker.Attempt.Timer = new AttemptTimer(this, worker, new TimeLeft(left, IsOfItem: true), Clock, _reportRegistration, call.Token);
        return worker.Attempt.Timer.Token;
    }

    private void EndAttempt(Worker worker, Item item, ExecutorCall call)
    {
        Exception? error = worker.Error;
        worker.Error = null;
        worker.LastStamp = error is null && !worker.Attempt.IsTooLate ? 0 : Clock.Now;
        if (worker.Attempt.Timer is { } timer)
        {
            timer.Dispose();
            EndAttempt(worker);
        }

        call.Terms.Limit?.GiveBack();
        if (error is null && !worker.Attempt.IsTooLate)
        {
            call.Succeed(item);
            End(worker, item);
            return;
        }

        if (worker.Attempt.HasTimedOut)
            error = new AttemptTimeoutException(item.Id, string.Empty, string.Empty, item.Attempt, call.Terms.ItemTimeout.GetValueOrDefault(), isItemTimeout: true, error);
        EndFailedAttempt(worker, item, call, error!);
    }

    private void EndFailedAttempt(Worker worker, Item item, ExecutorCall call, Exception error)
    {
        RetryDecision decision = Decide(worker, item, call, ref error);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            call.Fail(item, error);
            End(worker, item);
            return;
        }

        item.Refusals = decision.Verdict == RetryVerdict.Throttle ? item.Refusals + 1 : 0;
        if (decision.Verdict == RetryVerdict.Throttle)
        {
            item.Attempt--;
            if (!item.WasThrottled)
                item.ThrottledSince = worker.LastStamp;
            item.WasThrottled = true;
        }

        if (!call.TryRest())
            End(worker, item);
        else if (!PutAway(worker, item, Clock.After(worker.LastStamp, decision.Delay)))
            call.CancelUnbegun();
    }

    private RetryDecision Decide(Worker worker, Item item, ExecutorCall call, ref Exception error)
    {
        if (worker.Attempt.HasTimedOut || call.Token.IsCancellationRequested || CancelsPending)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        TimeSpan throttledFor = item.WasThrottled ? Clock.Between(item.ThrottledSince, worker.LastStamp) : TimeSpan.Zero;
        RetryDecision decision = call.Terms.Retry.Decide(call.Caller, new FailedAttempt(error, item.Attempt, item.Refusals, throttledFor, MayThrottle: true), Random.Shared.NextDouble());
        if (decision.PolicyError is not null)
            error = new AggregateException("An attempt failed, and then a function of its retry policy did.", error, decision.PolicyError);
        if (decision.Verdict != RetryVerdict.Fail && call.Terms.ItemTimeout is { } limit && Clock.Between(item.StartedInStageAt, worker.LastStamp) + decision.Delay >= limit)
        {
            // The next attempt would begin after the time is over.
            error = new AttemptTimeoutException(item.Id, string.Empty, string.Empty, item.Attempt, limit, isItemTimeout: true, error);
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        }

        return decision;
    }

    private bool PutAway(Worker worker, Item item, long dueAt)
    {
        bool mayWait;
        using (Gate.EnterSection())
        {
            mayWait = !CancelsPending;
            worker.Item = null;
            worker.OwesPlace = !mayWait;
            if (mayWait)
                PutAwayNeedsLock(worker, item, dueAt);
        }

        if (mayWait)
            ArmTimer();
        return mayWait;
    }

    private void EndWithoutPermit(Worker worker, Item item)
    {
        Exception? error = worker.Error;
        worker.Error = null;
        if (error is not null)
            CallOf(item).FailUnbegun(item, error);
        else
            CallOf(item).CancelUnbegun();
        End(worker, item);
    }

    /// <summary>The item leaves the worker's hands.</summary>
    private void End(Worker worker, Item item)
    {
        worker.Step = WorkStep.End;
        worker.Item = null;
        worker.OwesPlace = true;
        Items.Return(item);
    }
}
