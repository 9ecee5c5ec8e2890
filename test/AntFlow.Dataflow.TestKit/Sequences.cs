namespace AntFlow.Dataflow.TestKit;

public static class Sequences
{
    /// <summary>Reads a sequence to its end, as a task that can be waited for in time.</summary>
    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> items)
    {
        List<T> list = [];
        await foreach (T item in items.ConfigureAwait(false))
            list.Add(item);
        return list;
    }
}
