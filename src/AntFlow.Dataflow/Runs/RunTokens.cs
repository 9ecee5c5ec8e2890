namespace AntFlow.Dataflow;

/// <summary>The tokens of a run: one notifies running work that the run was canceled, the other notifies inputs that no more is taken from them.</summary>
/// <remarks>Registrations are foreign code: they run on the pool, and what they throw is reported. The sources are never disposed of: they have no timer, and abandoned code may still ask for
/// its token.</remarks>
internal sealed partial class RunTokens
{
    private readonly CancellationTokenSource _canceled;
    private readonly CancellationTokenSource _closed;
    private readonly Action<Exception> _report;
    private readonly List<CancellationToken> _requests = [];
    private volatile bool _isEndRequested;

    public RunTokens(Action<Exception> report)
    {
        _report = report;
        var canceled = new CancellationTokenSource();
        var closed = new CancellationTokenSource();
        _canceled = canceled;
        _closed = closed;
    }

    /// <summary>Canceled when the run is.</summary>
    public CancellationToken Canceled => _canceled.Token;

    /// <summary>Canceled once the run takes no more items, for whatever reason.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Whether the end of the run was requested from outside. The run itself is notified a moment later, on the pool.</summary>
    public bool IsEndRequested => _isEndRequested || _requests.Exists(static token => token.IsCancellationRequested);

    /// <summary>Adds a token that may request the end of the run. Called before other code has the run.</summary>
    public void AddRequest(CancellationToken token) => _requests.Add(token);

    /// <summary>Notes that a signal has requested the end of the run.</summary>
    public void OnEndRequested() => _isEndRequested = true;

    public void Cancel() => _ = CancelAsync(_canceled);

    public void Close() => _ = CancelAsync(_closed);

    private async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Action<Exception> report = _report;
            Broken("what-a-registration-throws-is-lost", ref report, static _ => { });
            report(error);
        }
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
