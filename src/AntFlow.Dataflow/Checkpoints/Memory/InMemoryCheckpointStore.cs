using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Keeps runs in memory for as long as the object exists: for tests of code that uses checkpoints. Nothing survives the process.</summary>
/// <param name="timeProvider">The clock. Default: <see cref="TimeProvider.System"/>.</param>
[DebuggerDisplay("{_runs.Count} runs in memory")]
public sealed class InMemoryCheckpointStore(TimeProvider? timeProvider = null) : ICheckpointStore
{
    private readonly ConcurrentDictionary<string, InMemoryRows> _runs = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private long _epochs;
    private long _created;

    /// <inheritdoc/>
    public string Location => "memory";

    /// <inheritdoc/>
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        StoredRun.ThrowIfUnfit(runId);
        cancellationToken.ThrowIfCancellationRequested();
        InMemoryRows rows = _runs.GetOrAdd(runId, static (_, made) => new InMemoryRows(made.Time.GetUtcNow(), made.Number), (Time: _time, Number: Interlocked.Increment(ref _created)));
        await Task.CompletedTask.ConfigureAwait(false);
        return new InMemoryCheckpointRun(runId, rows, Interlocked.Increment(ref _epochs), _time);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRun> ReadRunsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach ((string runId, InMemoryRows rows) in _runs.OrderBy(run => run.Value.Number))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return rows.Describe(runId);
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<StoredRun?>(_runs.TryGetValue(runId, out InMemoryRows? rows) ? rows.DescribeUncounted(runId) : null);
    }

    /// <inheritdoc/>
    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<StoredItem?>(_runs.TryGetValue(runId, out InMemoryRows? rows) ? rows.Find(id) : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<StoredItem> items = _runs.TryGetValue(runId, out InMemoryRows? rows) ? rows.CopyItems() : [];
        foreach (StoredItem item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<StoredStep> steps = _runs.TryGetValue(runId, out InMemoryRows? rows) ? rows.CopySteps(id) : [];
        foreach (StoredStep step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return step;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        if (!_runs.TryGetValue(runId, out InMemoryRows? rows))
            return new ValueTask<bool>(false);
        rows.ThrowIfOwned(runId);
        return new ValueTask<bool>(_runs.TryRemove(runId, out _));
    }

    /// <summary>Does nothing: the runs stay in the object.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
