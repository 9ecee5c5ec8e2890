namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Lets attempts and <c>OnceAsync</c> calls start only while this owner is certain to hold the run. Otherwise they wait here at no cost but memory; one question to the store serves all.</summary>
/// <remarks><b>The lock</b> guards the current question; nothing is called under it.</remarks>
internal sealed partial class OwnershipGuard(ICheckpointRun store, TimeSpan giveUpAfter, RunClock clock, StoreRetrier retrier, StoreBackgroundState background, IWriterOwner owner, CancellationToken ended)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _asking;
    private volatile CheckpointException? _givenUp;

    /// <summary>Whether callers may start at once.</summary>
    public bool IsOwned
    {
        get
        {
            bool isHeld = store.IsOwned;
            Broken("started-while-the-run-may-be-lost", ref isHeld, true);
            return isHeld;
        }
    }

    /// <summary>Waits until the caller may start.</summary>
    /// <exception cref="LeaseLostException">Another owner has the run.</exception>
    /// <exception cref="CheckpointException">The owner could not be confirmed for too long; the store is no longer retried.</exception>
    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken) => IsOwned ? default : new ValueTask(Ask().WaitAsync(cancellationToken));

    private Task Ask()
    {
        TaskCompletionSource answer;
        lock (_lock)
        {
            if (_asking is not null)
                return _asking.Task;
            _asking = answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        // The question is asked for the run, not in the context of the first caller.
        ThreadPool.UnsafeQueueUserWorkItem(static ask => _ = ask.Gate.AskAsync(ask.Answer), (Gate: this, Answer: answer), preferLocal: false);
        return answer.Task;
    }

    private async Task AskAsync(TaskCompletionSource answer)
    {
        Exception? error = null;
        background.BeginWaiting();
        try
        {
            await AskAsync().ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        background.EndWaiting();
        lock (_lock)
            _asking = null;
        if (error is null)
        {
            answer.SetResult();
            return;
        }

        answer.SetException(error);
        // All waiters may have left: marks the exception as observed.
        _ = answer.Task.Exception;
    }

    private async Task AskAsync()
    {
        if (_givenUp is { } before)
            throw before;
        using var tooLong = new CancellationTokenSource(RunClock.Cut(giveUpAfter), clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLong.Token, ended);
        try
        {
            await retrier.TryAsync(WaitAsync, "checking whether the run still belongs to this process", either.Token).ConfigureAwait(false);
        }
        catch (LeaseLostException error)
        {
            owner.OnLeaseLost(error);
            throw;
        }
        catch (Exception error) when (!ended.IsCancellationRequested)
        {
            Exception? cause = background.LastError ?? (error is OperationCanceledException ? null : error);
            string why = cause is null ? "it does not answer" : ErrorText.Of(cause);
            _givenUp = new CheckpointException($"The store could not confirm for {giveUpAfter} that the run still belongs to this process: {why}", cause);
            owner.OnStoreGivenUp(_givenUp);
            throw _givenUp;
        }

        async ValueTask<bool> WaitAsync()
        {
            await store.WaitUntilOwnedAsync(either.Token).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
