namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>When to warn of a log that grows: once as it passes the limit, and again only after it was well below. Pure.</summary>
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
