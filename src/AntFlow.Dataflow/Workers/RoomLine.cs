namespace AntFlow.Dataflow;

/// <summary>Who waits until a front has room again. Pure: no lock, no time.</summary>
/// <remarks>Items never wait here, only the workers and feeders that brought them: the items are in the front already, where priority reaches them.</remarks>
internal sealed class RoomLine
{
    private readonly List<WaitSlip> _slips = [];

    public int Count => _slips.Count;

    /// <summary>How many of them are workers of the stage before.</summary>
    public int Workers { get; private set; }

    public void Add(WaitSlip slip, Item item)
    {
        slip.Item = item;
        slip.Position = _slips.Count;
        item.RoomWaiter = slip;
        _slips.Add(slip);
        if (!slip.IsFeeder)
            Workers++;
    }

    /// <summary>Takes a slip out. False if it has been answered already.</summary>
    public bool Remove(WaitSlip slip)
    {
        int position = slip.Position;
        if (position < 0 || position >= _slips.Count || _slips[position] != slip)
            return false;
        WaitSlip last = _slips[^1];
        _slips[position] = last;
        last.Position = position;
        _slips.RemoveAt(_slips.Count - 1);
        slip.Position = -1;
        slip.Item!.RoomWaiter = null;
        slip.Item = null;
        if (!slip.IsFeeder)
            Workers--;
        return true;
    }

    /// <summary>Frees whoever brought this item.</summary>
    public void ReleaseFor(Item item, ref Aftermath after)
    {
        if (item.RoomWaiter is WaitSlip slip && Remove(slip))
            after.Tell(slip, answer: true);
    }

    /// <summary>Frees everybody.</summary>
    public void ReleaseAll(bool answer, ref Aftermath after)
    {
        while (_slips.Count > 0)
        {
            WaitSlip slip = _slips[^1];
            Remove(slip);
            after.Tell(slip, answer);
        }
    }

    /// <summary>Frees the feeders only: a run that is being stopped takes nothing more, but its workers go on under backpressure.</summary>
    public void ReleaseFeeders(bool answer, ref Aftermath after)
    {
        for (int i = _slips.Count - 1; i >= 0; i--)
        {
            WaitSlip slip = _slips[i];
            if (!slip.IsFeeder)
                continue;
            Remove(slip);
            after.Tell(slip, answer);
        }
    }
}
