namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>What fails in the background of a run, from several places; whoever listens hears that all works once the last of them does.</summary>
/// <remarks><b>The lock</b> guards who fails, and the listener; he is called outside it.</remarks>
internal sealed class Troubles
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);
    private Action<Exception?> _listener = static _ => { };
    private Exception? _last;

    /// <summary>From now on this is told. What fails already is told at once.</summary>
    public void Tell(Action<Exception?> listener)
    {
        Exception? last;
        lock (_lock)
            (_listener, last) = (listener, _last);
        if (last is not null)
            listener(last);
    }

    /// <summary>One place fails; with null, it works again.</summary>
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
