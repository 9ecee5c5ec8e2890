using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>A store as a user of the library may write one, with the public API alone: it keeps runs in memory, under a name.</summary>
internal sealed class MyStore : ICheckpointStore
{
    private static readonly ConcurrentDictionary<string, MyStore> _stores = new(StringComparer.Ordinal);

    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly Dictionary<string, MyRows> _runs = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private long _epochs;

    private MyStore(string name) => _name = name;

    public string Location => $"memory, {_name}";

    /// <summary>Whether it gives a run to a second owner: a defect, to see that it is found.</summary>
    public bool LetsTwoOwnersIn { get; set; }

    /// <summary>Whether it does not write the pieces of large values: another defect.</summary>
    public bool ForgetsChunks { get; set; }

    public static ValueTask<ICheckpointStore> OpenAsync(string name) => new(_stores.GetOrAdd(name, static name => new MyStore(name)));

    public static ValueTask DeleteAsync(string name)
    {
        _stores.TryRemove(name, out _);
        return ValueTask.CompletedTask;
    }

    public ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        StoredRun.ThrowIfUnfit(runId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_runs.TryGetValue(runId, out MyRows? rows))
            {
                _runs.Add(runId, rows = new MyRows());
                _order.Add(runId);
            }

            if (rows.Owner is not null && !LetsTwoOwnersIn)
                throw new RunOwnedException(runId, rows.Owner);
            return new ValueTask<ICheckpointRun>(new MyRun(this, runId, rows, ++_epochs));
        }
    }

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
            return InOrderAsync([.. _order.Select(runId => _runs[runId].Describe(runId, counts: true))], cancellationToken);
    }

    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => new(Find(runId)?.Describe(runId, counts: false));

    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) => new(Find(runId)?.FindItem(id));

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => InOrderAsync(Find(runId)?.Items() ?? [], cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => InOrderAsync(Find(runId)?.StepsOf(id) ?? [], cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!_runs.TryGetValue(runId, out MyRows? rows))
                return new ValueTask<bool>(false);
            if (rows.Owner is { } owner)
                throw new RunOwnedException(runId, owner);
            _order.Remove(runId);
            return new ValueTask<bool>(_runs.Remove(runId));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static async IAsyncEnumerable<T> InOrderAsync<T>(T[] rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (T row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }

        await Task.CompletedTask;
    }

    private MyRows? Find(string runId)
    {
        lock (_lock)
            return _runs.GetValueOrDefault(runId);
    }
}
