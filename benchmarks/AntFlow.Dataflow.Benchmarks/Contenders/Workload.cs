namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>What every contender gets: numbers, made before the clock starts, and the sum their results must have.</summary>
public sealed class Workload
{
    public const int Workers = 8;
    public const int Stages = 3;

    /// <summary>The room of a bounded contender in front of each stage: what our stages have by default.</summary>
    public const int Capacity = 10 * Workers;

    private static readonly int[] _priorities = [ItemPriority.High, ItemPriority.Normal, ItemPriority.Low];

    public Workload(int count)
    {
        Values = new long[count];
        Items = new WorkItem<long>[count];
        for (int index = 0; index < count; index++)
        {
            Values[index] = index;
            Items[index] = new WorkItem<long>(index) { Priority = PriorityOf(index) };
        }

        List = Values.ToList();
    }

    public int Count => Values.Length;

    public long[] Values { get; }

    /// <summary>The same numbers in a list.</summary>
    public IReadOnlyList<long> List { get; }

    /// <summary>The same numbers in three priorities. A work item cannot be changed, so all runs are fed the same ones.</summary>
    public WorkItem<long>[] Items { get; }

    /// <summary>The same numbers, made as they are asked for.</summary>
    public IEnumerable<long> Yield()
    {
        for (long value = 0; value < Count; value++)
            yield return value;
    }

    /// <summary>The same numbers from an async method that never suspends.</summary>
    public async IAsyncEnumerable<long> YieldAsync()
    {
        for (long value = 0; value < Count; value++)
        {
            await Task.CompletedTask;
            yield return value;
        }
    }

    public static int PriorityOf(long value) => _priorities[value % _priorities.Length];

    /// <summary>Throws unless the results add up: every stage adds one to every number.</summary>
    public void Check(long sum, int stages)
    {
        long expected = ((long)Count * (Count - 1) / 2) + ((long)stages * Count);
        if (sum != expected)
            throw new InvalidOperationException($"The results add up to {sum}; it must be {expected}.");
    }
}
