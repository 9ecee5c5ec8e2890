using System.Collections.Concurrent;

namespace BatchApi;

/// <summary>The data that the stages record about one run while they work: the durations, and the resulting rows. Thread-safe.</summary>
internal sealed class RunRecord(int stages, TimeProvider time)
{
    // Guards _times. The clock is read outside.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, TimeSpan?[]> _times = []; // by the position of the first request of a batch
    private readonly ConcurrentDictionary<string, int> _failedRows = new(StringComparer.Ordinal);
    private int _succeededRows;

    /// <summary>Does the work and adds its duration to the time of this item in this stage, even if it fails.</summary>
    public async Task<T> MeasureAsync<T>(RequestBatch batch, int stage, Func<Task<T>> work)
    {
        long begin = time.GetTimestamp();
        try
        {
            return await work();
        }
        finally
        {
            Add(batch.Index, stage, time.GetElapsedTime(begin));
        }
    }

    /// <summary>Counts rows that were added to the file.</summary>
    public void Saved(IEnumerable<ResultRow> rows)
    {
        foreach (ResultRow row in rows)
        {
            if (row.IsSuccess)
                Interlocked.Increment(ref _succeededRows);
            else
                _failedRows.AddOrUpdate(row.ErrorCode ?? "error", 1, (_, count) => count + 1);
        }
    }

    public int SucceededRows => Volatile.Read(ref _succeededRows);

    /// <summary>Rows without an answer, by the code of their error.</summary>
    public IReadOnlyDictionary<string, int> FailedRows => _failedRows;

    /// <summary>In the order of the input.</summary>
    public IReadOnlyList<ItemTimes> Times()
    {
        lock (_lock)
            return [.. _times.Values.Select(own => new ItemTimes([.. own]))];
    }

    private void Add(int item, int stage, TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (!_times.TryGetValue(item, out TimeSpan?[]? own))
                _times[item] = own = new TimeSpan?[stages];
            own[stage] = (own[stage] ?? TimeSpan.Zero) + elapsed;
        }
    }
}
