namespace AntFlow.Dataflow;

/// <summary>Tells a feed call that it is over: its own token was canceled, or the run takes nothing more.</summary>
/// <remarks>Whoever cancels runs nothing of the call: what waits for the end goes on elsewhere.</remarks>
internal sealed class FeedEnd
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _feeding;
    private readonly CancellationTokenRegistration _closed;
    private readonly Action? _onOver;

    /// <param name="feeding">The token of the call.</param>
    /// <param name="closed">Canceled when the run takes nothing more.</param>
    /// <param name="onOver">Called when the call is over, perhaps twice; must not run foreign code.</param>
    public FeedEnd(CancellationToken feeding, CancellationToken closed, Action? onOver = null)
    {
        _onOver = onOver;
        Action<object?> end = static self => ((FeedEnd)self!).End();
        _feeding = feeding.UnsafeRegister(end, this);
        _closed = closed.UnsafeRegister(end, this);
    }

    /// <summary>Ends when the call is over.</summary>
    public Task Over => _over.Task;

    /// <summary>The call has ended by itself: nothing of it hangs on the tokens any longer.</summary>
    public void Forget()
    {
        _feeding.Unregister();
        _closed.Unregister();
    }

    private void End()
    {
        _over.TrySetResult();
        _onOver?.Invoke();
    }
}
