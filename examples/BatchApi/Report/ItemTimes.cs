namespace BatchApi;

/// <summary>How long the stages worked on one item, over all its attempts; waiting is in none of it.</summary>
/// <param name="Stages">In the order of the stages; null for one the item never reached.</param>
internal sealed record ItemTimes(IReadOnlyList<TimeSpan?> Stages)
{
    /// <summary>From the start of its first stage to the end of its last, if it never had to wait.</summary>
    public TimeSpan Chain => Between(0, Stages.Count);

    /// <summary>The work in the stages from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public TimeSpan Between(int first, int end)
    {
        TimeSpan sum = TimeSpan.Zero;
        for (int stage = first; stage < end; stage++)
            sum += Stages[stage] ?? TimeSpan.Zero;
        return sum;
    }
}
