namespace BatchApi;

/// <summary>How long a run of recorded work has to take, and how long it takes if done group by group. Pure arithmetic.</summary>
internal static class Bounds
{
    /// <summary>
    /// No schedule with these workers ends before this, however clever. Two things hold each alone, and the greater one is the bound:
    /// an item's stages come one after the other, so the longest chain of any item has to fit; and a stage can begin only when the
    /// first item gets there, has all its work to do with its workers, and after it the last item has still its way to the end.
    /// Waiting that the API asked for is left out, which makes the bound lower, and so keeps it true.
    /// </summary>
    /// <param name="items">What was recorded.</param>
    /// <param name="workers">Of each stage.</param>
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
    /// The usual script: take ten, wait for all of them, take the next ten. Every group lasts as long as its slowest item.
    /// Waiting that the API asked for is left out here, too.
    /// </summary>
    /// <param name="items">What was recorded, in the order of the input.</param>
    /// <param name="group">How many at a time.</param>
    public static TimeSpan TenAtATime(IEnumerable<ItemTimes> items, int group = 10) =>
        items.Chunk(group).Aggregate(TimeSpan.Zero, (sum, some) => sum + some.Max(item => item.Chain));
}
