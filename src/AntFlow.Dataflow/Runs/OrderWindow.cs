namespace AntFlow.Dataflow;

/// <summary>Bounds how far acceptance may run ahead of a reader that reads in input order.</summary>
/// <remarks>The bound is kept here, where items come in, and never where they go out: the last stage must always be able to deliver the very item the reader waits
/// for. The lock guards the fields; waiting feeders are told outside it.</remarks>
/// <param name="size">How many items may be accepted and not yet read.</param>
/// <param name="isBounded">Whether the bound holds from the beginning; else only once there is a reader.</param>
internal sealed class OrderWindow(int size, bool isBounded = true)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private long _entered;
    private long _read;
    private bool _isBounded = isBounded;
    private bool _isOpen;

    /// <summary>Whether the next item is not admitted.</summary>
    public bool IsFull
    {
        get
        {
            using (Lock.Scope held = _lock.EnterScope())
                return IsClosed(held);
        }
    }

    private bool IsClosed(in Lock.Scope held) => !_isOpen && _isBounded && _entered - _read >= size;

    /// <summary>Admits one item, or gives a task to wait on before the next try.</summary>
    public Task? TryEnter()
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

    /// <summary>There is a reader: from now on the bound holds, for what it finds there, too.</summary>
    public void BeginReading()
    {
        lock (_lock)
            _isBounded = true;
    }

    /// <summary>The item that was admitted was not accepted after all.</summary>
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

    /// <summary>The reader has read a result.</summary>
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

    /// <summary>The run is closing: nothing waits here any more.</summary>
    public void Open()
    {
        TaskCompletionSource? moved;
        using (Lock.Scope held = _lock.EnterScope())
        {
            _isOpen = true;
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
