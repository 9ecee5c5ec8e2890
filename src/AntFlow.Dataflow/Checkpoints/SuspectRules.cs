namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The suspicion against an item that was running at crashes.</summary>
/// <param name="MaxConcurrentSuspects">How many suspects may run together with it, itself included; 0 if it is not a suspect.</param>
/// <param name="LoneCrashes">At how many crashes it was the only suspect that was running.</param>
internal readonly record struct Suspicion(int MaxConcurrentSuspects, int LoneCrashes);

/// <summary>Computes the effect of a crash on the items that were running. Pure.</summary>
/// <remarks>Each width is at most half the number of items that were running, and half of its previous value. An item that crashes the process whenever it runs, one of n at its first crash,
/// therefore has a width of 1 after log2(n) crashes; then it is the only suspect that runs, and has failed after <see cref="CheckpointOptions.MaxCrashes"/> more crashes. An item that ran
/// beside it gets the same width, but passes its stage as soon as it runs without it.</remarks>
internal static class SuspectRules
{
    /// <summary>Computes the suspicions against the items after one more crash.</summary>
    /// <param name="ran">The suspicion against each item that was running at the crash.</param>
    /// <returns>The new suspicions, in the same order.</returns>
    public static Suspicion[] AfterCrash(IReadOnlyList<Suspicion> ran)
    {
        int suspects = ran.Count(item => item.MaxConcurrentSuspects > 0);
        var after = new Suspicion[ran.Count];
        for (int i = 0; i < after.Length; i++)
        {
            (int width, int loneCrashes) = ran[i];
            bool wasAlone = suspects == 1 ? width > 0 : ran.Count == 1;
            after[i] = new Suspicion(Math.Max(1, Math.Min(width > 0 ? width : ran.Count, ran.Count) / 2), loneCrashes + (wasAlone ? 1 : 0));
        }

        return after;
    }
}
