namespace AntFlow.Dataflow;

/// <summary>What a lock section has decided and has to be done once the lock is left: waiters to answer, a worker to wake, a host to complete.</summary>
internal partial struct PostLockActions
{
    private Waiter? _first;

    /// <summary>The host to post an activation to.</summary>
    public WorkerHost? HostToActivate { get; set; }

    /// <summary>A host whose last loop has ended.</summary>
    public WorkerHost? Retire { get; set; }

    /// <summary>The callback that reports that a front has room again, or that results have left the run.</summary>
    public Action? Call { get; set; }

    public void CompleteWait(Waiter waiter, bool answer)
    {
        waiter.Result = answer;
        waiter.NextAnswered = _first;
        _first = waiter;
    }

    /// <summary>Answers a waiter that waited for room, and was taken off its list.</summary>
    public void CompleteRoomWait(Waiter waiter)
    {
        waiter.EndForRoom();
        CompleteWait(waiter, answer: true);
    }

    /// <summary>What has to be done before any waiter is answered.</summary>
    public Action? First { get; set; }

    public void Perform()
    {
        First?.Invoke();
        while (_first is { } waiter)
        {
            _first = waiter.NextAnswered;
            Broken("only-one-of-those-that-wait-is-told", ref _first, null);
            waiter.NextAnswered = null;
            waiter.Complete();
        }

        HostToActivate?.Activate();
        Call?.Invoke();
        Retire?.Complete();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
