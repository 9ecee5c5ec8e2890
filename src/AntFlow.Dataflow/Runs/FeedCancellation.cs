namespace AntFlow.Dataflow;

/// <summary>Notifies a feed call that it has to end: its own token was canceled, or the run takes no more items.</summary>
/// <remarks>The canceling thread runs no code of the call: what waits for the end continues elsewhere.</remarks>
internal sealed class FeedCancellation
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _feeding;
    private readonly CancellationTokenRegistration _closed;
    private readonly Action? _onOver;

    /// <param name="feeding">The token of the call.</param>
    /// <param name="closed">Canceled when the run takes no more items.</param>
    /// <param name="onOver">Called when the call has to end, possibly twice; must not run foreign code.</param>
    public FeedCancellation(CancellationToken feeding, CancellationToken closed, Action? onOver = null)
    {
        _onOver = onOver;
        Action<object?> end = static self => ((FeedCancellation)self!).End();
        _feeding = feeding.UnsafeRegister(end, this);
        _closed = closed.UnsafeRegister(end, this);
    }

    /// <summary>Ends when the call has to end.</summary>
    public Task Over => _over.Task;

    /// <summary>Removes the registrations on the tokens: the call has ended by itself.</summary>
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
