using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Notifies the stores of all open runs, before the process ends, whether it ends as planned: then no crash has interrupted what is running.</summary>
/// <remarks>
/// <para>Signals, the exit and unhandled exceptions arrive on threads that end the process when they return, so these calls block until the stores have the decision, for at most a second.
/// Meanwhile, a separate thread calls the stores: neither a store that hangs nor a busy thread pool may keep the process from ending.</para>
/// <para><b>The lock</b> guards the decision, the runs and the timer field; stores, timers and marks, which read the decision, are called outside it.
/// A run that is added during a decision either reads it or is notified of it.</para>
/// </remarks>
[DebuggerDisplay("{_runs.Count} runs, planned: {_end.IsPlanned}")]
internal sealed partial class PlannedEnds(TimeProvider time, Action<PlannedEnds>? watch = null)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1.1);

    // The delay before a store is called again that could not withdraw a planned end.
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly PlannedEnd _end = new();
    private readonly List<EndMark> _runs = [];
    private readonly long _start = time.GetTimestamp();
    private bool _isWatching;
    private ITimer? _timer;

    /// <summary>The instance of this process. It watches from the first run on, and is never removed.</summary>
    public static PlannedEnds OfProcess { get; } = new(TimeProvider.System, ProcessWatch.Begin);

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Adds a run that is open.</summary>
    public void Add(ICheckpointRun run)
    {
        var mark = new EndMark(run, IsPlanned);
        bool mustWatch;
        lock (_lock)
        {
            _runs.Add(mark);
            mustWatch = !_isWatching;
            _isWatching = true;
        }

        if (mustWatch)
            watch?.Invoke(this);
        _ = mark.SettleAsync();
    }

    /// <summary>Removes a run that is about to be released: it leaves nothing that could be interrupted.</summary>
    public void Remove(ICheckpointRun run)
    {
        lock (_lock)
            _runs.RemoveAll(mark => ReferenceEquals(mark.Run, run));
    }

    /// <summary>A signal has requested the end of the process. The program may let it continue all the same.</summary>
    public void OnSignal()
    {
        TimeSpan now = Now;
        Update(() => _end.OnSignal(now));
        // After the stores, because they have little time.
        SetTimer(PlannedEnd.Holds);
    }

    /// <summary>The process exits.</summary>
    public void OnExit(int code) => Update(() => _end.OnExit(code));

    /// <summary>An exception that nothing has caught ends the process.</summary>
    public void OnUnhandledException() => Update(_end.OnUnhandledException);

    private void OnTimer()
    {
        TimeSpan now = Now;
        TimeSpan? left = null;
        List<EndMark> runs = Decide(() => left = _end.OnGoesOn(now));
        if (left is { } again)
            SetTimer(again);
        else
            _ = TakeBackAsync(runs);
    }

    private async Task TakeBackAsync(List<EndMark> runs)
    {
        await SettleAsync(runs).ConfigureAwait(false);
        if (runs.Exists(mark => !mark.IsRight))
            SetTimer(_again);
    }

    private void Update(Action decide)
    {
        List<EndMark> runs = Decide(decide);
        Broken("planned-end-is-told-to-one-run-only", ref runs, [.. runs.Take(1)]);
        if (runs.Count == 0)
            return;
        var update = new StoreUpdate();
        var thread = new Thread(() => _ = update.TellAsync(runs)) { IsBackground = true, Name = "AntFlow end of process" };
        thread.Start();
        update.WaitForEnd();
    }

    private static Task SettleAsync(List<EndMark> runs) => Task.WhenAll(runs.ConvertAll(mark => mark.SettleAsync()));

    private bool IsPlanned()
    {
        lock (_lock)
            return _end.IsPlanned;
    }

    private List<EndMark> Decide(Action decide)
    {
        lock (_lock)
        {
            decide();
            return [.. _runs];
        }
    }

    private void SetTimer(TimeSpan due)
    {
        ITimer? timer;
        lock (_lock)
            timer = _timer;
        if (timer is null)
        {
            ITimer made = time.CreateTimer(static self => ((PlannedEnds)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (_lock)
                timer = _timer ??= made;
            // Two signals arrived at once: one timer is enough.
            if (!ReferenceEquals(timer, made))
                made.Dispose();
        }

        timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One notification of all stores, and the thread that waits for it.</summary>
    private sealed class StoreUpdate
    {
        private readonly ManualResetEventSlim _told;

        public StoreUpdate()
        {
            // Never disposed: the notification may set it after the wait has ended.
            var told = new ManualResetEventSlim();
            _told = told;
        }

        public async Task TellAsync(List<EndMark> runs)
        {
            await SettleAsync(runs).ConfigureAwait(false);
            _told.Set();
        }

        public void WaitForEnd() => _told.Wait(_patience);
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
