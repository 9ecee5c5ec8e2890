using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Logs once, long after a run was stopped, what the run still waits for, if that is only user code: code that waits for the run itself never ends.</summary>
internal sealed class SlowStopWarning(RunTimers timers, Func<PipelineSnapshot> look, Action<string> warn)
{
    private const int MostNamed = 5;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private int _isWatching;
    private int _hasTold;

    /// <summary>Starts the watch; called when the run is stopped, each time.</summary>
    public void Watch()
    {
        if (Interlocked.Exchange(ref _isWatching, 1) == 0)
            timers.Watch(_patience, Look);
    }

    private void Look()
    {
        if (Volatile.Read(ref _hasTold) != 0)
            return;
        PipelineSnapshot now = look();
        if (now.InProgress == 0 || now.Queued + now.Quarantined + now.Limited + now.Retrying + now.Saving + now.Blocked > 0 || Interlocked.Exchange(ref _hasTold, 1) != 0)
            return;
        WorkerSnapshot[] busy = [.. now.Workers.Where(worker => worker.IsBusy)];
        string more = busy.Length > MostNamed ? string.Create(CultureInfo.InvariantCulture, $", and {busy.Length - MostNamed} more") : string.Empty;
        warn($"it was stopped, and for {_patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s or more it has waited only for running calls: {string.Join(", ", busy.Take(MostNamed).Select(worker => Describe(worker, now)))}{more}. A task or callback that waits for the end of its own run never ends; call Stop() there instead");
    }

    private static string Describe(WorkerSnapshot worker, PipelineSnapshot now)
    {
        string since = worker.Since is { } begun ? string.Create(CultureInfo.InvariantCulture, $" for {now.Timestamp - begun:hh\\:mm\\:ss}") : string.Empty;
        return $"{worker.Task} of item {worker.ItemId} in worker {worker.Name}{since}";
    }
}
