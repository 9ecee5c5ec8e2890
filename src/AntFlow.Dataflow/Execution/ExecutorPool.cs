namespace AntFlow.Dataflow;

/// <summary>The workers of an executor: the loop and the front of a stage, with calls in place of tasks.</summary>
/// <remarks>The lock of <see cref="WorkerPool"/> guards the tickets, the count of open calls and whether the executor is shut down as well: a call is let in, or refused, in the section
/// that looks at that. Calls are ended outside it.</remarks>
internal sealed class ExecutorPool : RetryingPool
{
    private static readonly Action<Exception> _reportRegistration = static error => _ = Task.FromException(error);

    private readonly RunClock _clock;
    private readonly ItemPool _items = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _tickets;
    private int _open;
    private bool _isShutDown;
    private bool _cancelsPending;
    private Exception? _fault;

    private ExecutorPool(int workers, RunClock clock, Action<Exception> onTimerFault)
        // Whoever waits for his next attempt keeps nobody from beginning.
        : base("Executor", clock, workers, maxInFlight: int.MaxValue, onTimerFault)
    {
        _clock = clock;
    }

    /// <summary>Ends once the executor is shut down and every call has ended.</summary>
    public Task Completion => _completion.Task;

    public LimitLines Limits { get; } = new();

    protected override bool IsHeldBack => false;

    public static ExecutorPool Start(int workers, TimeProvider time)
    {
        ExecutorPool? pool = null;
        var clock = new RunClock(time) { OnFault = error => pool!.Break(error) };
        return pool = new ExecutorPool(workers, clock, error => pool!.Break(error));
    }

    /// <summary>Lets a call in. It keeps the executor going until <see cref="EndCall"/>.</summary>
    public void BeginCall()
    {
        lock (Gate)
        {
            ThrowIfClosedNeedsLock();
            _open++;
        }
    }

    public void ThrowIfClosed()
    {
        lock (Gate)
            ThrowIfClosedNeedsLock();
    }

    public void EndCall()
    {
        bool isOver;
        lock (Gate)
        {
            _open--;
            isOver = _isShutDown && _open == 0;
        }

        if (isOver)
            EndPool();
    }

    /// <summary>Puts an item of a call that was let in into the front.</summary>
    public void Add<T>(ExecutorCall call, T value, ref Item? spare, long index)
    {
        Item item = _items.Rent(ref spare);
        item.Value.Set(value);
        item.Priority = call.Terms.Priority;
        item.Sequence = index;
        item.ReadyAt = _clock.Now;
        Aftermath after = default;
        bool isRefused;
        lock (Gate)
        {
            isRefused = _cancelsPending;
            if (!isRefused)
            {
                item.ArriveInStage(_tickets++);
                // What an item of a stage came in with is the call here.
                item.Input.Clear();
                item.Input.Set(call);
                item.Id = ItemId.Automatic(item.Ticket);
                Front.Enqueue(item, item.Priority, item.Ticket);
                WakeIfNeededNeedsLock(ref after);
            }
        }

        after.Perform();
        if (isRefused)
            call.CancelUnbegun();
    }

    public void ReturnSpare(Item? spare) => _items.ReturnSpare(spare);

    /// <summary>Takes no further calls. What was let in goes on to its end, unless what no attempt runs for is to be canceled.</summary>
    public void ShutDown(bool cancelPending)
    {
        bool isOver;
        lock (Gate)
        {
            _isShutDown = true;
            isOver = _open == 0;
        }

        if (cancelPending)
            EndPending(static (call, _) => call.CancelUnbegun());
        if (isOver)
            EndPool();
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
        if (worker.Step == WorkStep.Task)
            CallOf(item).Fail(item, error);
        else
            CallOf(item).FailUnbegun(item, error);
    }

    protected override bool MayStartNeedsLock() => true;

    protected override void OnNextNeedsLock(Worker worker, Item? next, ref Aftermath after)
    {
    }

    private static ExecutorCall CallOf(Item item) => item.Input.Get<ExecutorCall>();

    private static async ValueTask WaitForPermitAsync(LimitLine limit, Worker worker, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static wait => (((LimitLine, Worker))wait!).Item1.StopWaiting((((LimitLine, Worker))wait).Item2), (limit, worker)))
            await worker.Slip.WaitAsync().ConfigureAwait(false);
    }

    private ValueTask BeginAttempt(Worker worker, Item item, ExecutorCall call)
    {
        if (!call.TryBegin())
        {
            call.Terms.Limit?.GiveBack();
            End(worker, item);
            return default;
        }

        long now = worker.LastStamp != 0 ? worker.LastStamp : worker.LastStamp = _clock.Now;
        if (!item.HasStartedInStage)
        {
            item.HasStartedInStage = true;
            item.StartedInStageAt = now;
        }

        worker.Step = WorkStep.Task;
        worker.Attempt = new Attempt { BeganAt = now };
        CancellationToken token = call.Terms.ItemTimeout is { } limit ? SetTimer(worker, item, call, limit) : call.Token;
        if (!worker.Attempt.IsTooLate)
            item.Attempt++;
        return worker.Attempt.IsTooLate ? default : call.Run(worker, item, token);
    }

    private CancellationToken SetTimer(Worker worker, Item item, ExecutorCall call, TimeSpan limit)
    {
        TimeSpan left = limit - _clock.Between(item.StartedInStageAt, worker.Attempt.BeganAt);
        worker.Attempt.IsOfItem = true;
        worker.Attempt.IsTooLate = left <= TimeSpan.Zero;
        if (worker.Attempt.IsTooLate)
            return call.Token;
        worker.Attempt.Timer = new AttemptTimer(this, worker, new TimeLeft(left, IsOfItem: true), _clock, _reportRegistration, call.Token);
        return worker.Attempt.Timer.Token;
    }

    private void EndAttempt(Worker worker, Item item, ExecutorCall call)
    {
        Exception? error = worker.Error;
        worker.Error = null;
        worker.LastStamp = _clock.Now;
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

        if (decision.Verdict == RetryVerdict.Throttle)
        {
            item.Attempt--;
            if (!item.WasThrottled)
                item.ThrottledSince = worker.LastStamp;
            item.WasThrottled = true;
        }

        if (!call.TryRest())
            End(worker, item);
        else if (!PutAway(worker, item, _clock.After(worker.LastStamp, decision.Delay)))
            call.CancelUnbegun();
    }

    private RetryDecision Decide(Worker worker, Item item, ExecutorCall call, ref Exception error)
    {
        if (worker.Attempt.HasTimedOut || call.Token.IsCancellationRequested || Volatile.Read(ref _cancelsPending))
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        TimeSpan throttledFor = item.WasThrottled ? _clock.Between(item.ThrottledSince, worker.LastStamp) : TimeSpan.Zero;
        RetryDecision decision = call.Terms.Retry.Decide(error, item.Attempt, throttledFor, mayThrottle: true, Random.Shared.NextDouble());
        if (decision.PolicyError is not null)
            error = new AggregateException("An attempt failed, and then a function of its retry policy did.", error, decision.PolicyError);
        if (decision.Verdict != RetryVerdict.Fail && call.Terms.ItemTimeout is { } limit && _clock.Between(item.StartedInStageAt, worker.LastStamp) + decision.Delay >= limit)
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
        lock (Gate)
        {
            mayWait = !_cancelsPending;
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
        _items.Return(item);
    }

    /// <summary>Ends whatever no attempt runs for, now and from now on.</summary>
    private void EndPending(Action<ExecutorCall, Item> end)
    {
        List<Item> pending = [];
        lock (Gate)
        {
            _cancelsPending = true;
            int held = 0;
            while (Front.TryDequeue(out Item item))
            {
                held += item.HoldsPlace ? 1 : 0;
                pending.Add(item);
            }

            while (Waiting.TryTakeAny(out Item item))
            {
                held++;
                pending.Add(item);
            }

            FreePlacesNeedsLock(held);
        }

        Limits.DismissAll();
        foreach (Item item in pending)
        {
            end(CallOf(item), item);
            _items.Return(item);
        }
    }

    /// <summary>The engine itself broke: nothing more begins, and every call that was let in has its end.</summary>
    private void Break(Exception error)
    {
        lock (Gate)
        {
            if (_fault is not null)
                return;
            _fault = error;
        }

        EndPending((call, item) => call.FailUnbegun(item, new InvalidOperationException("The executor is broken.", error)));
    }

    private void ThrowIfClosedNeedsLock()
    {
        if (_fault is not null)
            throw new InvalidOperationException("The executor is broken and takes no more calls.", _fault);
        if (_isShutDown)
            throw ExecutorShutdownException.Closed();
    }

    private void EndPool()
    {
        EndTimer();
        End();
        _completion.TrySetResult();
    }
}
