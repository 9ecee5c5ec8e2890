namespace AntFlow.Dataflow;

/// <summary>What a lock section has decided and has to be done once the lock is left: slips to answer, a worker to wake, a host to complete.</summary>
internal partial struct Aftermath
{
    private WaitSlip? _first;

    /// <summary>The host to post an activation to.</summary>
    public WorkerHost? Wake { get; set; }

    /// <summary>A host whose last loop has ended.</summary>
    public WorkerHost? Retire { get; set; }

    /// <summary>The callback that reports that a front has room again, or that results have left the run.</summary>
    public Action? Call { get; set; }

    public void Tell(WaitSlip slip, bool answer)
    {
        slip.Answer = answer;
        slip.NextAnswered = _first;
        _first = slip;
    }

    /// <summary>Answers a slip that waited for room, and was taken off its list.</summary>
    public void TellOfRoom(WaitSlip slip)
    {
        slip.EndForRoom();
        Tell(slip, answer: true);
    }

    /// <summary>What has to be done before any slip is answered.</summary>
    public Action? First { get; set; }

    public void Perform()
    {
        First?.Invoke();
        while (_first is { } slip)
        {
            _first = slip.NextAnswered;
            Broken("only-one-of-those-that-wait-is-told", ref _first, null);
            slip.NextAnswered = null;
            slip.Complete();
        }

        Wake?.Activate();
        Call?.Invoke();
        Retire?.Complete();
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
