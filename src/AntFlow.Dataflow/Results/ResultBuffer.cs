using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>The unread results of a run: which ones are kept, which ones count as ended, and when workers must wait for the reader. Pure: no lock, no waiting.</summary>
/// <remarks>Guarded by the lock of the sink, except for <see cref="MayHaveUnread"/>, <see cref="IsDropping"/> and <see cref="TryTakeAhead"/>.</remarks>
/// <param name="mode">How results are used. It can change to <see cref="ResultMode.Read"/> later.</param>
/// <param name="bound">The number of unread results above which succeeded results are blocked, at least 1.</param>
/// <param name="inOrder">Whether results are read in the order in which the items were accepted.</param>
internal partial struct ResultBuffer<TResult>(ResultMode mode, int bound, bool inOrder)
    where TResult : class
{
    private readonly ResultRing<TResult> _ring = new();
    private readonly ResultOrder<TResult>? _order = inOrder ? new ResultOrder<TResult>() : null;
    private readonly ReadAhead<TResult> _ahead = new(Math.Clamp(bound / 8, 1, 64));
    private readonly int _bound = bound;
    private ResultMode _mode = mode;
    private bool _isLifted;

    /// <summary>The number of results that count as ended: all except the blocked ones.</summary>
    public long Ended { get; private set; }

    /// <summary>The number of kept results that are blocked.</summary>
    public readonly int Blocked => _ring.Blocked;

    /// <summary>The number of results that the reader has not taken, without those that wait for an earlier one.</summary>
    public readonly int Unread => _ring.Count + _ahead.Count;

    /// <summary>Whether there may be results to read. Uses no lock, so false may be slightly outdated.</summary>
    public readonly bool MayHaveUnread => _ring.Count > 0 || _ahead.Count > 0;

    /// <summary>Whether workers must wait for the reader. Never true in order: the result that the reader needs next might not be able to arrive.</summary>
    public readonly bool IsFull => _mode == ResultMode.Read && !_isLifted && _order is null && Unread > _bound;

    /// <summary>Whether the reader has advanced far enough for the workers that wait.</summary>
    public readonly bool IsLow => Unread <= _bound / 2;

    /// <summary>Whether results are only counted. May be read without the lock: a reader can start at any moment.</summary>
    public readonly bool IsDropping => _mode == ResultMode.Drop && _order is null;

    /// <summary>Whether results are kept for the report.</summary>
    public readonly bool IsCollecting => _mode == ResultMode.Collect;

    /// <summary>Announces a reader: results that would only be counted are kept for it from now on.</summary>
    public void AwaitReader() => _mode = _mode == ResultMode.Drop ? ResultMode.Await : _mode;

    /// <summary>Switches to results for a reader; the results kept so far are the first ones it gets.</summary>
    public void BeginReading() => _mode = ResultMode.Read;

    /// <summary>Adds a result, or counts it where results are dropped.</summary>
    /// <param name="result">The result; null is dropped.</param>
    /// <param name="sequence">The position of the result if results are read in order.</param>
    /// <param name="isSuccess">Whether it can be blocked.</param>
    /// <returns>Whether it was kept.</returns>
    public bool Add(TResult? result, long sequence, bool isSuccess)
    {
        if (result is null || IsDropping)
        {
            Ended++;
            return false;
        }

        if (_order is not null)
        {
            Ended++;
            _order.Add(sequence, result);
            while (_order.TryTakeNext(out TResult next))
                _ring.Add(next, isBlocked: false);
            return true;
        }

        bool isBlocked = isSuccess && _mode == ResultMode.Read && !_isLifted && Unread >= _bound;
        _ring.Add(result, isBlocked);
        if (!isBlocked)
            Ended++;
        return true;
    }

    /// <summary>Takes a result that was fetched ahead. Called by the reader, without the lock.</summary>
    /// <returns>False if there is no such result, or if each result that is read unblocks another one.</returns>
    public readonly bool TryTakeAhead([MaybeNullWhen(false)] out TResult result)
    {
        if (_ring.Blocked == 0)
            return _ahead.TryTake(out result);
        result = null;
        return false;
    }

    /// <summary>Takes the next result for the reader.</summary>
    /// <param name="result">The result.</param>
    /// <param name="fetchesAhead">Whether further results are fetched for <see cref="TryTakeAhead"/>, unless they must go elsewhere.</param>
    public bool TryTake([MaybeNullWhen(false)] out TResult result, bool fetchesAhead)
    {
        int blocked = _ring.Blocked;
        bool isTaken = _ahead.TryTake(out result) || _ring.TryTake(_bound, out result);
        if (fetchesAhead && _mode == ResultMode.Read && blocked == 0)
        {
            while (_ahead.Count < _ahead.Size - 1 && _ring.TryTake(_bound, out TResult next))
                _ahead.Add(next);
        }

        _ring.UnblockBefore(_bound - _ahead.Count);
        Ended += blocked - _ring.Blocked;
        return isTaken;
    }

    /// <summary>Returns the next result for an outlet, if there is one.</summary>
    public readonly bool TryPeek([MaybeNullWhen(false)] out TResult result)
    {
        result = _ring.Count > 0 ? _ring.First : null;
        return result is not null;
    }

    /// <summary>Removes the next result after an outlet has taken it.</summary>
    public void RemoveFirst()
    {
        int blocked = _ring.Blocked;
        _ring.TryTake(_bound, out _);
        Ended += blocked - _ring.Blocked;
    }

    /// <summary>Ends the backpressure, now and for all later results.</summary>
    public void Lift()
    {
        _isLifted = true;
        Ended += _ring.Blocked;
        _ring.UnblockAll();
    }

    /// <summary>Returns the kept results, oldest first, without removing them.</summary>
    public readonly List<TResult> ToList() => _ring.ToList();
}
