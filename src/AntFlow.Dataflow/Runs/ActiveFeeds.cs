namespace AntFlow.Dataflow;

/// <summary>The feed calls that are running, and whether more may begin. The run is sealed once it was closed and nothing can bring another item.</summary>
/// <remarks>
/// <para>A feed call keeps a completed run open until it ends, but not a stopped run: there its next item is refused. A promise (room kept for an item that has to be
/// fetched) keeps either open: its item is taken whatever has happened since.</para>
/// <para>The lock guards the fields; <c>onSealed</c> is called outside it, once or more, which is harmless.</para>
/// </remarks>
internal sealed class ActiveFeeds(Action onSealed)
{
    private ShortLock _lock;
    private int _feeding;
    private int _promises;
    private bool _isClosed;
    private bool _refusesAll;

    /// <summary>Whether no further item is taken: checked before every item.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a feed call is running.</summary>
    public bool IsFeeding
    {
        get
        {
            using (_lock.EnterScope())
                return _feeding > 0;
        }
    }

    /// <summary>Whether nothing can bring another item any more.</summary>
    public bool IsSealed
    {
        get
        {
            using (ShortLock.Scope held = _lock.EnterScope())
                return IsOver(held);
        }
    }

    private bool IsOver(in ShortLock.Scope held) => _isClosed && _promises == 0 && (_feeding == 0 || _refusesAll);

    /// <summary>Begins a feed call.</summary>
    public bool TryBegin()
    {
        using (_lock.EnterScope())
        {
            if (_isClosed)
                return false;
            _feeding++;
            return true;
        }
    }

    public void End() => Do(static feeds => feeds._feeding--);

    /// <summary>Begins a promise.</summary>
    public bool TryPromise()
    {
        using (_lock.EnterScope())
        {
            if (_isClosed)
                return false;
            _promises++;
            return true;
        }
    }

    public void EndPromise()
    {
        bool isSealed;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            _promises--;
            isSealed = IsOver(held);
        }

        if (isSealed)
            onSealed();
    }

    /// <summary>Closes the ledger: no feed call may begin any more, and the running ones may not place another item.</summary>
    public void Close() => Do(static feeds => Volatile.Write(ref feeds._isClosed, true));

    /// <summary>Notes that all stages know that the run is closing: they refuse whatever a feed call still brings.</summary>
    public void RefuseAll() => Do(static feeds => feeds._refusesAll = true);

    // The delegates are static: one that captured something would be allocated for each item of TryFeedOne.
    private void Do(Action<ActiveFeeds> change)
    {
        bool isSealed;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            change(this);
            isSealed = IsOver(held);
        }

        if (isSealed)
            onSealed();
    }
}
