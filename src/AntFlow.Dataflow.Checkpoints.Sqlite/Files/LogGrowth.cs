namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Decides when to warn of a growing log: once when it exceeds the limit, and again only after it was well below. Pure.</summary>
internal sealed class LogGrowth(long limit)
{
    private bool _isWarned;

    /// <summary>Whether to warn now.</summary>
    public bool Observe(long length)
    {
        if (length < limit / 2)
            _isWarned = false;
        if (_isWarned || length <= limit)
            return false;
        _isWarned = true;
        return true;
    }
}
