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

    /// <summary>Runs the function. Its result becomes the item's value; what it throws, the worker's error at the end of what is returned.</summary>
    public abstract ValueTask Run(Worker worker, Item item, CancellationToken cancellationToken);

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
    protected ValueTask Run<TIn, TOut>(CallForm<TIn, TOut> form, Worker worker, Item item, CancellationToken cancellationToken)
    {
        ValueTask<TOut> call;
        UserCall user = UserCall.Begin(Caller);
        try
        {
            call = form.Body(item.Value.Get<TIn>(), cancellationToken);
            if (call.IsCompletedSuccessfully)
            {
                item.Value.Set(call.Result);
                return default;
            }
        }
        catch (Exception thrown)
        {
            worker.Error = thrown;
            return default;
        }
        finally
        {
            user.End();
        }

        return PendingCall<TOut>.Of(call, form.ReturnsTask, worker, item);
    }
}
