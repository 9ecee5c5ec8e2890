namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Combines background failures of a run from several sources; the listener is notified of a recovery once the last source works again.</summary>
/// <remarks><b>The lock</b> guards the failing sources and the listener, which is called outside it.</remarks>
internal sealed class Troubles
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);
    private Action<Exception?> _listener = static _ => { };
    private Exception? _last;

    /// <summary>Sets the listener. Current failures are reported to it at once.</summary>
    public void Subscribe(Action<Exception?> listener)
    {
        Exception? last;
        lock (_lock)
            (_listener, last) = (listener, _last);
        if (last is not null)
            listener(last);
    }

    /// <summary>Reports a failure of a source; null means that it works again.</summary>
    public void Report(string place, Exception? error)
    {
        Action<Exception?> listener;
        lock (_lock)
        {
            bool wasFailing = error is null ? _failing.Remove(place) : _failing.Add(place);
            if (error is null && (!wasFailing || _failing.Count > 0))
                return;
            (_last, listener) = (error, _listener);
        }

        listener(error);
    }
}
