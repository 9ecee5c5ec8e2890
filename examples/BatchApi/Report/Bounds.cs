namespace BatchApi;

/// <summary>Computes the minimum duration of a run from recorded work, and its duration if the work is done in groups.</summary>
internal static class Bounds
{
    /// <summary>
    /// Returns a duration below which no schedule with these workers can get. It is the greater of two bounds. First, the stages of an item
    /// run in sequence, so the run takes at least as long as the longest item. Second, a stage can start only when its first item arrives,
    /// must do all of its work with its workers, and after that its last item must still pass the remaining stages.
    /// Waits that the API asked for are left out, which can only lower the bound.
    /// </summary>
    /// <param name="items">The recorded times.</param>
    /// <param name="workers">The number of workers of each stage.</param>
    public static TimeSpan LowerBound(IReadOnlyCollection<ItemTimes> items, IReadOnlyList<int> workers)
    {
        TimeSpan bound = items.Select(item => item.Chain).DefaultIfEmpty().Max();
        for (int stage = 0; stage < workers.Count; stage++)
        {
            int current = stage;
            ItemTimes[] there = [.. items.Where(item => item.Stages[current] is not null)];
            if (there.Length == 0)
                continue;
            TimeSpan earliest = there.Min(item => item.Between(0, current));
            TimeSpan work = there.Aggregate(TimeSpan.Zero, (sum, item) => sum + item.Stages[current]!.Value);
            TimeSpan rest = there.Min(item => item.Between(current + 1, item.Stages.Count));
            TimeSpan needed = earliest + work / workers[stage] + rest;
            bound = needed > bound ? needed : bound;
        }

        return bound;
    }

    /// <summary>
    /// Returns the duration of the usual script: take ten, wait for all of them, take the next ten. Each group takes as long as its slowest item.
    /// Waits that the API asked for are left out as well.
    /// </summary>
    /// <param name="items">The recorded times, in the order of the input.</param>
    /// <param name="group">The number of items in a group.</param>
    public static TimeSpan TenAtATime(IEnumerable<ItemTimes> items, int group = 10) =>
        items.Chunk(group).Aggregate(TimeSpan.Zero, (sum, some) => sum + some.Max(item => item.Chain));
}
