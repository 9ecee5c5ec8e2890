namespace AntFlow.Dataflow;

/// <summary>The loop of a worker of an executor: it takes an item, makes one attempt of its call, and takes the next item.</summary>
/// <remarks><see cref="RunAsync"/> is the only state machine between the thread pool and a function. No lock is held here.</remarks>
internal sealed partial class ExecutorLoop(ExecutorPool pool, RunClock clock)
{
    // An error that belongs to no call is reported like an unobserved task exception.
    private static readonly Action<Exception> _reportRegistration = static error => _ = Task.FromException(error);

    /// <summary>Runs until the host of the worker is retired.</summary>
    public async Task<Activation> RunAsync(Activation activation)
    {
        Worker? worker = null;
        bool hasBegun = false;
        try
        {
            var slice = new TimeSlice(clock);
            var wake = new Waiter();
            do
            {
                while (pool.Workers.TryTake(ref worker, activation.Host, wake, out Item? item, out _))
                {
                    ExecutorCall call = ExecutorPool.CallOf(item);
                    Outcome outcome = Outcome.None;
                    if (call.Terms.Limit is { } limit)
                        outcome = await slice.Note(AcquirePermitAsync(limit, worker, item, call)).ConfigureAwait(false);
                    hasBegun = outcome.IsNone && call.TryBegin();
                    if (hasBegun)
                    {
                        outcome = Begin(worker, item, call, out PendingCall? pending);
                        if (pending is not null)
                        {
                            if (pending.Task is { } task)
                                await slice.Note(task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                            else
                                await slice.Note(pending.WaitAsync()).ConfigureAwait(false);
                            outcome = pending.GetOutcome(item);
                        }

                        EndAttempt(worker, item, outcome);
                    }
                    else
                    {
                        EndUnbegun(worker, item, call, outcome);
                    }

                    hasBegun = false;
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
            EndFaulted(error, worker, hasBegun);
        }

        return activation;
    }

    private static async ValueTask WaitForPermitAsync(SemaphoreQueue limit, Worker worker, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static wait => (((SemaphoreQueue, Worker))wait!).Item1.StopWaiting((((SemaphoreQueue, Worker))wait).Item2), (limit, worker)))
            await worker.Slip.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Acquires a permit of the limit of the call. Returns None if the worker has it.</summary>
    private static ValueTask<Outcome> AcquirePermitAsync(SemaphoreQueue limit, Worker worker, Item item, ExecutorCall call)
    {
        try
        {
            return limit.TryAcquire(worker, item) ? new ValueTask<Outcome>(Outcome.None) : WaitForPermitSlowlyAsync(limit, worker, call);
        }
        catch (ObjectDisposedException disposed)
        {
            return new ValueTask<Outcome>(Outcome.Failed(disposed));
        }
    }

    private static async ValueTask<Outcome> WaitForPermitSlowlyAsync(SemaphoreQueue limit, Worker worker, ExecutorCall call)
    {
        await WaitForPermitAsync(limit, worker, call.Token).ConfigureAwait(false);
        worker.ForgetTime();
        if (worker.Slip.Result)
            return Outcome.None;
        return worker.Slip.Error is { } error ? Outcome.Failed(error) : Outcome.Canceled;
    }

    /// <summary>Makes an attempt, unless the time limit has passed already.</summary>
    private Outcome Begin(Worker worker, Item item, ExecutorCall call, out PendingCall? pending)
    {
        // The duration of a call is not shown anywhere: the clock is read only where a timeout needs it, or in a loop whose calls do not suspend.
        worker.Attempt = new Attempt { BeganAt = call.Terms.ItemTimeout is not null || !worker.Suspends ? clock.Now : 0 };
        if (!item.Visit.HasStarted)
        {
            item.Visit.HasStarted = true;
            item.Visit.StartedAt = worker.Attempt.BeganAt;
        }

        pending = null;
        CancellationToken token = call.Token;
        if (call.Terms.ItemTimeout is { } limit)
        {
            TimeSpan left = limit - clock.Between(item.Visit.StartedAt, worker.Attempt.BeganAt);
            worker.Attempt.IsOfItem = true;
            worker.Attempt.IsTooLate = left <= TimeSpan.Zero;
            if (worker.Attempt.IsTooLate)
                return Outcome.TooLate;
            worker.Attempt.Timer = new AttemptTimer(pool.Workers.Attempts, worker, new TimeLeft(left, IsOfItem: true), clock, _reportRegistration, token);
            token = worker.Attempt.Timer.Token;
        }

        item.Visit.Attempt++;
        return call.Run(worker, item, token, out pending);
    }

    private void EndAttempt(Worker worker, Item item, Outcome outcome)
    {
        ExecutorCall call = ExecutorPool.CallOf(item);
        worker.LastStamp = outcome.IsSuccess ? 0 : clock.Now;
        if (worker.Attempt.Timer is { } timer)
        {
            timer.Dispose();
            pool.Workers.Attempts.Invalidate(worker);
        }

        call.Terms.Limit?.GiveBack();
        if (outcome.IsSuccess)
        {
            call.Succeed(item);
            pool.EndItem(worker, item);
            return;
        }

        Exception error = worker.Attempt.HasTimedOut ? TimeoutError(item, call, outcome.Error) : outcome.Error!;
        RetryDecision decision = Decide(worker, item, call, ref error);
        if (decision.Verdict == RetryVerdict.Fail)
        {
            call.Fail(item, error);
            pool.EndItem(worker, item);
            return;
        }

        RetryRules.Note(item, error, decision.Verdict, worker.LastStamp);
        if (!call.TryRest())
            pool.EndItem(worker, item);
        else if (!pool.Delay(worker, item, clock.After(worker.LastStamp, decision.Delay)))
            call.CancelUnbegun();
    }

    private RetryDecision Decide(Worker worker, Item item, ExecutorCall call, ref Exception error)
    {
        if (worker.Attempt.HasTimedOut || call.Token.IsCancellationRequested || pool.CancelsPending)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        var rules = new RetryRules(call.Terms.Retry, call.Terms.ItemTimeout, clock);
        RetryDecision decision = rules.Decide(call.Caller, item, error, hasTimedOut: false, worker.LastStamp, Random.Shared.NextDouble());
        if (decision.PolicyError is not null)
            error = new AggregateException("An attempt failed, and then a function of its retry policy failed.", error, decision.PolicyError);
        if (decision.IsOutOfTime)
            error = TimeoutError(item, call, error);
        return decision;
    }

    private static AttemptTimeoutException TimeoutError(Item item, ExecutorCall call, Exception? inner) =>
        new(item.Id, string.Empty, string.Empty, item.Visit.Attempt, call.Terms.ItemTimeout.GetValueOrDefault(), isItemTimeout: true, inner);

    /// <summary>Ends an item for which no attempt was made, because the call was canceled or did not get a permit.</summary>
    private void EndUnbegun(Worker worker, Item item, ExecutorCall call, Outcome outcome)
    {
        worker.ForgetTime();
        bool hasPermit = outcome.IsNone;
        Broken("permit-of-a-canceled-call-is-kept", ref hasPermit, false);
        if (hasPermit)
            call.Terms.Limit?.GiveBack();
        else if (outcome.Error is { } error)
            call.FailUnbegun(item, error);
        else
            call.CancelUnbegun();
        pool.EndItem(worker, item);
    }

    /// <summary>Ends the executor after an error of the engine, with the item that the worker may have.</summary>
    private void EndFaulted(Exception error, Worker? worker, bool hasBegun)
    {
        pool.Break(error);
        if (worker?.Item is not { } item)
            return;
        worker.Item = null;
        ExecutorCall call = ExecutorPool.CallOf(item);
        if (hasBegun)
        {
            call.Terms.Limit?.GiveBack();
            call.Fail(item, error);
        }
        else
        {
            call.FailUnbegun(item, error);
        }
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
