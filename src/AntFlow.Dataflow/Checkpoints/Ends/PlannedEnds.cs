using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Tells the stores of all open runs whether the process is ending as planned, before it ends: what runs then was not interrupted by a crash.</summary>
/// <remarks>
/// <para>Signals, the exit and unhandled exceptions come on threads that end the process when they return, so these calls block until the stores know, for a second at most. The stores are
/// called on a thread of their own meanwhile: one that hangs must not keep the process from ending, nor may a pool that is busy.</para>
/// <para><b>The lock</b> guards the decision, the runs and the timer field; stores, timers and marks, which ask for the decision, are called outside it.
/// A run that is added during the decision sees it, or is seen by it.</para>
/// </remarks>
[DebuggerDisplay("{_runs.Count} runs, planned: {_end.IsPlanned}")]
internal sealed partial class PlannedEnds(TimeProvider time, Action<PlannedEnds>? watch = null)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1.1);

    // A store that could not take back what it said is asked again after this.
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly PlannedEnd _end = new();
    private readonly List<EndMark> _runs = [];
    private readonly long _start = time.GetTimestamp();
    private bool _isWatching;
    private ITimer? _timer;

    /// <summary>The one of this process. It watches from the first run on, and stays.</summary>
    public static PlannedEnds OfProcess { get; } = new(TimeProvider.System, ProcessWatch.Begin);

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>A run is open.</summary>
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

    /// <summary>A run is about to be given up: it leaves nothing that could be interrupted.</summary>
    public void Remove(ICheckpointRun run)
    {
        lock (_lock)
            _runs.RemoveAll(mark => ReferenceEquals(mark.Run, run));
    }

    /// <summary>A signal asks the process to end. The program may have it go on all the same.</summary>
    public void OnSignal()
    {
        TimeSpan now = Now;
        Tell(() => _end.OnSignal(now));
        // After the stores: they have a moment only.
        SetTimer(PlannedEnd.Holds);
    }

    /// <summary>The process exits.</summary>
    public void OnExit(int code) => Tell(() => _end.OnExit(code));

    /// <summary>An exception that nothing has caught ends the process.</summary>
    public void OnUnhandledException() => Tell(_end.OnUnhandledException);

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

    private void Tell(Action decide)
    {
        List<EndMark> runs = Decide(decide);
        Broken("planned-end-is-told-to-one-run-only", ref runs, [.. runs.Take(1)]);
        if (runs.Count == 0)
            return;
        var telling = new Telling();
        var thread = new Thread(() => _ = telling.TellAsync(runs)) { IsBackground = true, Name = "AntFlow end of process" };
        thread.Start();
        telling.WaitForEnd();
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
            // Two signals at once: one timer is enough.
            if (!ReferenceEquals(timer, made))
                made.Dispose();
        }

        timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One telling of all stores, and the thread that waits for it.</summary>
    private sealed class Telling
    {
        private readonly ManualResetEventSlim _told;

        public Telling()
        {
            // Never disposed of: the telling may come to it when nobody waits any more.
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

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
