namespace BatchApi;

/// <summary>The time that the stages worked on one item, over all its attempts, without waits.</summary>
/// <param name="Stages">In the order of the stages; null for a stage that the item never reached.</param>
internal sealed record ItemTimes(IReadOnlyList<TimeSpan?> Stages)
{
    /// <summary>The time from the start of its first stage to the end of its last one, without waits.</summary>
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
