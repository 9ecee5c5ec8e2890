namespace AntFlow.Dataflow;

/// <summary>What an item of an executor is a call of: one that was submitted, or a map, which stands for many.</summary>
/// <remarks>Never waits and never throws. Called by the worker that has the item in its hands, outside all locks.</remarks>
internal abstract class ExecutorCall(CallTerms terms, Caller caller)
{
    public CallTerms Terms { get; } = terms;

    /// <summary>What functions of the call find in their AsyncLocals.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>Cancels the call.</summary>
    public abstract CancellationToken Token { get; }

    /// <summary>An attempt is about to begin. False if the call was canceled meanwhile: then nothing more is heard of the item.</summary>
    public abstract bool TryBegin();

    /// <summary>Runs the function. Its result becomes the item's value.</summary>
    /// <param name="worker">The worker that calls.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="pending">The call, if it has not ended: what it comes to is known once it is awaited. Null if it has.</param>
    /// <returns>What the call has come to, if it has ended.</returns>
    public abstract Outcome Run(Worker worker, Item item, CancellationToken cancellationToken, out PendingCall? pending);

    /// <summary>The attempt has failed, and the item is to wait for another one. False if the call was canceled meanwhile: then it has been ended.</summary>
    public abstract bool TryRest();

    /// <summary>The item has ended with its value.</summary>
    public abstract void Succeed(Item item);

    /// <summary>The item has ended with an error.</summary>
    public abstract void Fail(Item item, Exception error);

    /// <summary>Ends an item that no attempt runs for, because the executor is shut down. Nothing if it was canceled already.</summary>
    public abstract void CancelUnbegun();

    /// <summary>Ends an item that no attempt runs for, with an error. Nothing if it was canceled already.</summary>
    public void FailUnbegun(Item item, Exception error)
    {
        if (TryBegin())
            Fail(item, error);
    }

    /// <summary>Calls a function with an item's value and what the caller had in its AsyncLocals.</summary>
    protected Outcome Run<TIn, TOut>(CallForm<TIn, TOut> form, Worker worker, Item item, CancellationToken cancellationToken, out PendingCall? pending)
    {
        ValueTask<TOut> call;
        pending = null;
        UserCall user = UserCall.Begin(Caller);
        try
        {
            call = form.Body(item.Value.Get<TIn>(), cancellationToken);
            if (call.IsCompletedSuccessfully)
            {
                item.Value.Set(call.Result);
                return Outcome.Succeeded;
            }
        }
        catch (Exception thrown)
        {
            return Outcome.Failed(thrown);
        }
        finally
        {
            user.End();
        }

        pending = PendingCall<TOut>.Of(call, form.ReturnsTask, worker);
        return Outcome.None;
    }
}
