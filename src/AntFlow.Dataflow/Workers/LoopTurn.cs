using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>How long a loop has kept its thread.</summary>
internal struct LoopTurn(RunClock clock)
{
    // 10 ms.
    private static readonly long _longest = Stopwatch.Frequency / 100;

    private long _since;

    /// <summary>The thread was given up: a new turn begins.</summary>
    public void Restart() => _since = 0;

    /// <summary>Whether the loop should give up its thread after this item: bodies that never suspend must not starve others.</summary>
    public bool IsOver(Worker worker)
    {
        // The end of the item is known already, unless the time is not real or the worker has waited since.
        long now = clock.IsSystem && worker.LastStamp != 0 ? worker.LastStamp : Stopwatch.GetTimestamp();
        if (_since == 0)
            _since = clock.IsSystem && worker.Attempt.BeganAt != 0 ? worker.Attempt.BeganAt : now;
        return now - _since >= _longest;
    }
}
