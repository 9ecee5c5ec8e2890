using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A display that keeps what it is shown: give it to a run with <see cref="RunOptions.Display"/>, and look at the snapshots afterwards.</summary>
/// <remarks>For one run. All members may be called from any thread, also while the run goes on. A snapshot comes at each <see cref="RunOptions.UpdateInterval"/> of the clock of the run, so with
/// <see cref="SteppedTime"/> when it is moved that far, and one at the end. <b>The lock</b> guards the lists; no condition is asked under it.</remarks>
public sealed class SnapshotCollector : IPipelineDisplay
{
    private readonly Lock _lock = new();
    private readonly List<PipelineSnapshot> _snapshots = [];
    private readonly TaskCompletionSource<PipelineReport> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IPipelineRun? _run;
    private long? _total;

    /// <summary>The run that is shown; null before it starts.</summary>
    public IPipelineRun? Run
    {
        get
        {
            lock (_lock)
                return _run;
        }
    }

    /// <summary>How many items there will be, as the display was told; null if that is not known, or the run has not started.</summary>
    public long? Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <summary>What was shown so far, in this order. The last one of a run that has ended has its final numbers. A copy.</summary>
    public IReadOnlyList<PipelineSnapshot> Snapshots
    {
        get
        {
            lock (_lock)
                return [.. _snapshots];
        }
    }

    /// <summary>Waits for a snapshot, among those that were shown already and those that come; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="condition">What the snapshot has to be like. Has to be quick. What it throws ends the waiting.</param>
    /// <param name="what">What is waited for, for the message. Default: the condition as it was written.</param>
    /// <returns>The first snapshot that is so.</returns>
    /// <exception cref="InvalidOperationException">The run has ended, and none of its snapshots is so.</exception>
    /// <exception cref="TimeoutException">None was shown in time.</exception>
    public Task<PipelineSnapshot> WhenShownAsync(Func<PipelineSnapshot, bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return FindAsync(condition, what).InTime($"a snapshot is shown for which {what}");
    }

    /// <summary>Waits until the run has shown its end; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <returns>The report that was shown.</returns>
    /// <exception cref="TimeoutException">The run has not ended in time.</exception>
    public Task<PipelineReport> WhenFinishedAsync() => _finished.Task.InTime("the end of the run");

    /// <inheritdoc/>
    public void OnStart(IPipelineRun run, long? total)
    {
        lock (_lock)
            (_run, _total) = (run, total);
    }

    /// <inheritdoc/>
    public void OnUpdate(PipelineSnapshot snapshot)
    {
        lock (_lock)
            _snapshots.Add(snapshot);
        TellChange();
    }

    /// <inheritdoc/>
    public void OnFinish(PipelineReport report)
    {
        _finished.TrySetResult(report);
        TellChange();
    }

    private void TellChange()
    {
        TaskCompletionSource changed;
        lock (_lock)
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        changed.SetResult();
    }

    private async Task<PipelineSnapshot> FindAsync(Func<PipelineSnapshot, bool> condition, string? what)
    {
        for (int seen = 0; ; seen++)
        {
            PipelineSnapshot? next = null;
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
                if (seen < _snapshots.Count)
                    next = _snapshots[seen];
                else if (_finished.Task.IsCompleted)
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The run has ended, and {seen} snapshots were shown, none of them for which {what}"));
            }

            if (next is null)
            {
                await changed.ConfigureAwait(false);
                seen--;
            }
            else if (condition(next))
            {
                return next;
            }
        }
    }
}
