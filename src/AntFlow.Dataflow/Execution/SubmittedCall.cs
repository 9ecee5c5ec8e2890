namespace AntFlow.Dataflow;

/// <summary>A submitted call and the task that is its future.</summary>
/// <remarks>Uses no lock: the thread that changes <c>_state</c> from waiting or running to ended ends the call.</remarks>
internal sealed partial class SubmittedCall<TOut>(CallForm<Nothing, TOut> form, CallTerms terms, Caller caller, ExecutorPool pool, CancellationToken cancellationToken)
    : ExecutorCall(terms, caller)
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Ended = 2;

    // Continuations of the future must not run on the worker.
    private readonly TaskCompletionSource<TOut> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private int _state;

    public Task<TOut> Task => _completion.Task;

    public override CancellationToken Token => cancellationToken;

    /// <summary>Registers the token of the call: from now on canceling it ends the call while no attempt runs.</summary>
    public void Watch() => _registration = cancellationToken.UnsafeRegister(static call => ((SubmittedCall<TOut>)call!).CancelUnbegun(), this);

    public override bool TryBegin()
    {
        // The token is canceled, though its registration may not have run yet.
        if (cancellationToken.IsCancellationRequested)
            CancelUnbegun();
        bool begins = Interlocked.CompareExchange(ref _state, Running, Waiting) == Waiting;
        Broken("canceled-call-begins-all-the-same", ref begins, true);
        return begins;
    }

    public override Outcome Run(Worker worker, Item item, CancellationToken cancellationToken, out PendingCall? pending) => Run(form, worker, item, cancellationToken, out pending);

    public override bool TryRest()
    {
        Interlocked.Exchange(ref _state, Waiting);
        if (!cancellationToken.IsCancellationRequested)
            return true;
        // The registration may have run during the attempt.
        CancelUnbegun();
        return false;
    }

    public override void Succeed(Item item)
    {
        _state = Ended;
        _completion.TrySetResult(item.Value.Get<TOut>());
        Leave();
    }

    public override void Fail(Item item, Exception error)
    {
        _state = Ended;
        if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
            _completion.TrySetCanceled(cancellationToken);
        else
            _completion.TrySetException(error);
        Leave();
    }

    public override void CancelUnbegun()
    {
        if (Interlocked.CompareExchange(ref _state, Ended, Waiting) != Waiting)
            return;
        _completion.TrySetCanceled(cancellationToken.IsCancellationRequested ? cancellationToken : new CancellationToken(canceled: true));
        Leave();
    }

    private void Leave()
    {
        _registration.Unregister();
        pool.EndCall();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
