using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A display that keeps the snapshots it is shown. Give it to a run with <see cref="RunOptions.Display"/>, and inspect the snapshots afterwards.</summary>
/// <remarks>For one run. All members may be called from any thread, also during the run. It receives a snapshot at each <see cref="RunOptions.UpdateInterval"/> of the run's clock, so with
/// <see cref="SteppedTime"/> when you move it that far, and one at the end. <b>The lock</b> guards the lists; no condition is evaluated under it.</remarks>
public sealed class SnapshotCollector : IPipelineDisplay
{
    private readonly Lock _lock = new();
    private readonly List<PipelineSnapshot> _snapshots = [];
    private readonly TaskCompletionSource<PipelineReport> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IPipelineRun? _run;
    private long? _total;

    /// <summary>Gets the run that is shown; null before it starts.</summary>
    public IPipelineRun? Run
    {
        get
        {
            lock (_lock)
                return _run;
        }
    }

    /// <summary>Gets how many items there will be, as the display was notified at the start; null if that is unknown or the run has not started.</summary>
    public long? Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <summary>Gets a copy of the snapshots so far, in their order. The last snapshot of a run that has ended has its final numbers.</summary>
    public IReadOnlyList<PipelineSnapshot> Snapshots
    {
        get
        {
            lock (_lock)
                return [.. _snapshots];
        }
    }

    /// <summary>Waits for a snapshot that meets a condition, among the snapshots so far and those to come; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="condition">The condition. Must be quick. An exception of it ends the wait.</param>
    /// <param name="what">The text for the message of an error. Default: the expression that was passed as the condition.</param>
    /// <returns>The first snapshot that meets the condition.</returns>
    /// <exception cref="InvalidOperationException">The run has ended, and none of its snapshots meets the condition.</exception>
    /// <exception cref="TimeoutException">No such snapshot was shown in time.</exception>
    public Task<PipelineSnapshot> WhenShownAsync(Func<PipelineSnapshot, bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return FindAsync(condition, what).InTime($"a snapshot is shown for which {what}");
    }

    /// <summary>Waits until the display has received the end of the run; at most for <see cref="Waiting.Patience"/>.</summary>
    /// <returns>The report of the run.</returns>
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
        PulseChanged();
    }

    /// <inheritdoc/>
    public void OnFinish(PipelineReport report)
    {
        _finished.TrySetResult(report);
        PulseChanged();
    }

    private void PulseChanged()
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
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The run has ended after {seen} snapshots, and none of them meets the condition {what}"));
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
