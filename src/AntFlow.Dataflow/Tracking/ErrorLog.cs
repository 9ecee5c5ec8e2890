namespace AntFlow.Dataflow;

/// <summary>Collects the errors of a run, within bounds.</summary>
/// <remarks>The lock guards all fields, and nothing is called under it. Failures are rare enough for a single lock.</remarks>
internal sealed class ErrorLog
{
    private const int Kept = 1000;
    private const int KeptFirst = 20;

    private readonly Lock _lock = new();
    private readonly List<FailedItem> _firstFailed = [];
    private readonly Queue<FailedItem> _failed = new();
    private readonly Queue<CallbackError> _callbacks = new();
    private readonly Dictionary<string, long> _byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _byStage = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _byFunction = new(StringComparer.Ordinal);
    private long _totalFailed;
    private long _totalCallbacks;
    private RunFault? _fault;
    private ErrorSummary? _summary = ErrorSummary.None;

    public void Set(RunFault fault)
    {
        lock (_lock)
            (_summary, _fault) = (null, fault);
    }

    public void Add(FailedItem failed)
    {
        lock (_lock)
        {
            _summary = null;
            _totalFailed++;
            Count(_byType, failed.ErrorType);
            Count(_byStage, failed.Stage);
            if (failed.Function is not null)
                Count(_byFunction, failed.Location);
            if (_firstFailed.Count < KeptFirst)
                _firstFailed.Add(failed);
            _failed.Enqueue(failed);
            if (_failed.Count > Kept)
                _failed.Dequeue();
        }
    }

    public void Add(CallbackError callback)
    {
        lock (_lock)
        {
            _summary = null;
            _totalCallbacks++;
            _callbacks.Enqueue(callback);
            if (_callbacks.Count > Kept)
                _callbacks.Dequeue();
        }
    }

    /// <summary>Returns the summary at this instant. It is created anew only if an error was added.</summary>
    public ErrorSummary Summarize()
    {
        lock (_lock)
        {
            return _summary ??= new ErrorSummary
            {
                Fault = _fault?.Error,
                IsEngineBroken = _fault is { IsOfEngine: true },
                TotalFailed = _totalFailed,
                ByType = Sorted(_byType),
                ByStage = Sorted(_byStage),
                ByFunction = Sorted(_byFunction),
                FirstFailedItems = [.. _firstFailed],
                FailedItems = [.. _failed],
                Callbacks = [.. _callbacks],
                TotalCallbacks = _totalCallbacks,
            };
        }
    }

    private static void Count(Dictionary<string, long> counts, string key)
    {
        counts.TryGetValue(key, out long count);
        counts[key] = count + 1;
    }

    private static Dictionary<string, long> Sorted(Dictionary<string, long> counts) =>
        counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
}
