namespace AntFlow.Dataflow;

/// <summary>Puts results back into input order. Pure; how many may be held is bounded where items are accepted.</summary>
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
