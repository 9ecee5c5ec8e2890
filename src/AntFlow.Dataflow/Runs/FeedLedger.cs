namespace AntFlow.Dataflow;

/// <summary>Who is feeding, and whether anybody still may: the run is sealed once it was closed and the last feed call has ended.</summary>
/// <remarks>The lock guards both fields; <c>onSealed</c> is called outside it, once or more, which does no harm.</remarks>
internal sealed class FeedLedger(Action onSealed)
{
    private readonly Lock _lock = new();
    private int _feeding;
    private bool _isClosed;

    /// <summary>Whether no further item is taken: asked before every item.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Begins a feed call, which keeps the run open until it ends.</summary>
    public bool TryBegin()
    {
        lock (_lock)
        {
            if (_isClosed)
                return false;
            _feeding++;
            return true;
        }
    }

    public void End()
    {
        bool isSealed;
        lock (_lock)
        {
            _feeding--;
            isSealed = _isClosed && _feeding == 0;
        }

        if (isSealed)
            onSealed();
    }

    public void Close()
    {
        bool isSealed;
        lock (_lock)
        {
            Volatile.Write(ref _isClosed, true);
            isSealed = _feeding == 0;
        }

        if (isSealed)
            onSealed();
    }
}
