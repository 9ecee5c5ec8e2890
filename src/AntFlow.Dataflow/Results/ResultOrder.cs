namespace AntFlow.Dataflow;

/// <summary>Restores the input order of results. Pure; the number of results that it may hold is bounded where items are accepted.</summary>
internal sealed class ResultOrder<T>
{
    private readonly Dictionary<long, T> _early = [];
    private long _next;

    public void Add(long sequence, T result) => _early.Add(sequence, result);

    public bool TryTakeNext(out T result)
    {
        if (!_early.Remove(_next, out result!))
            return false;
        _next++;
        return true;
    }
}
