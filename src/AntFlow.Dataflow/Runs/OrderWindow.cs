namespace AntFlow.Dataflow;

/// <summary>Limits how far acceptance may run ahead of a reader that reads in input order.</summary>
/// <remarks>The limit applies where items enter the run, and never where they leave it: the last stage must always be able to deliver the very item for which the reader waits.
/// The lock guards the fields; waiting feeders are notified outside it.</remarks>
/// <param name="size">How many items may be accepted and not yet read.</param>
/// <param name="isBounded">Whether the limit applies from the beginning; otherwise only once there is a reader.</param>
internal sealed class OrderWindow(int size, bool isBounded = true)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private long _entered;
    private long _read;
    private bool _isBounded = isBounded;
    private bool _isLifted;

    /// <summary>Whether the next item is not admitted.</summary>
    public bool IsFull
    {
        get
        {
            using (Lock.Scope held = _lock.EnterScope())
                return IsClosed(held);
        }
    }

    private bool IsClosed(in Lock.Scope held) => !_isLifted && _isBounded && _entered - _read >= size;

    /// <summary>Admits one item, or returns a task to await before the next try.</summary>
    public Task? TryAdmit()
    {
        TaskCompletionSource moved;
        using (Lock.Scope held = _lock.EnterScope())
        {
            if (!IsClosed(held))
            {
                _entered++;
                return null;
            }

            moved = _moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return moved.Task;
    }

    /// <summary>Notes that there is a reader: from now on the limit applies, also to items accepted before.</summary>
    public void BeginReading()
    {
        lock (_lock)
            _isBounded = true;
    }

    /// <summary>Takes an admission back: the item was not accepted after all.</summary>
    public void Leave()
    {
        TaskCompletionSource? moved;
        using (Lock.Scope held = _lock.EnterScope())
        {
            _entered--;
            moved = TakeMoved(held);
        }

        moved?.TrySetResult();
    }

    /// <summary>Notes that the reader has read a result.</summary>
    public void OnRead()
    {
        TaskCompletionSource? moved;
        using (Lock.Scope held = _lock.EnterScope())
        {
            _read++;
            moved = TakeMoved(held);
        }

        moved?.TrySetResult();
    }

    /// <summary>Lifts the limit: the run is closing, and nothing waits here any more.</summary>
    public void Lift()
    {
        TaskCompletionSource? moved;
        using (Lock.Scope held = _lock.EnterScope())
        {
            _isLifted = true;
            moved = TakeMoved(held);
        }

        moved?.TrySetResult();
    }

    private TaskCompletionSource? TakeMoved(in Lock.Scope held)
    {
        TaskCompletionSource? moved = _moved;
        _moved = null;
        return moved;
    }
}
