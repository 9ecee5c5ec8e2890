namespace AntFlow.Dataflow;

/// <summary>The call that an item of an executor belongs to: a submitted call, or a map, which makes many calls.</summary>
/// <remarks>Never waits and never throws. Called by the worker that has the item, outside all locks.</remarks>
internal abstract class ExecutorCall(CallTerms terms, Caller caller)
{
    public CallTerms Terms { get; } = terms;

    /// <summary>The context in which the functions of the call run.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>The token that cancels the call.</summary>
    public abstract CancellationToken Token { get; }

    /// <summary>Called before an attempt starts. Returns false if the call was canceled: then nothing more is reported for the item.</summary>
    public abstract bool TryBegin();

    /// <summary>Runs the function. Its result becomes the value of the item.</summary>
    /// <param name="worker">The worker that makes the call.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Canceled to end the attempt.</param>
    /// <param name="pending">The call, if it has not completed: its outcome is known once it is awaited. Null if it has completed.</param>
    /// <returns>The outcome of the call, if it has completed.</returns>
    public abstract Outcome Run(Worker worker, Item item, CancellationToken cancellationToken, out PendingCall? pending);

    /// <summary>Called when an attempt has failed and the item waits for another one. Returns false if the call was canceled: then it has ended.</summary>
    public abstract bool TryRest();

    /// <summary>Ends the item with its value.</summary>
    public abstract void Succeed(Item item);

    /// <summary>Ends the item with an error.</summary>
    public abstract void Fail(Item item, Exception error);

    /// <summary>Ends an item that no attempt runs for, because the executor is shut down. Does nothing if it was canceled already.</summary>
    public abstract void CancelUnbegun();

    /// <summary>Ends an item that no attempt runs for, with an error. Does nothing if it was canceled already.</summary>
    public void FailUnbegun(Item item, Exception error)
    {
        if (TryBegin())
            Fail(item, error);
    }

    /// <summary>Calls a function with the value of an item, in the context of the caller.</summary>
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
