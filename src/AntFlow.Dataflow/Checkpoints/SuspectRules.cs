namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What is known against an item because it ran at crashes.</summary>
/// <param name="Width">How many suspects may run together with it, itself included; 0 if it is no suspect.</param>
/// <param name="LoneCrashes">At how many crashes it was the only suspect that ran.</param>
internal readonly record struct Suspicion(int Width, int LoneCrashes);

/// <summary>What a crash does to the items that ran at it. Pure.</summary>
/// <remarks>Each width is at most half of what ran, and half of what it was. So an item that crashes the process whenever it runs, one of n at its first crash, has a width of 1 after log2(n)
/// crashes; it then is the only suspect that runs, and has failed after <see cref="CheckpointOptions.MaxCrashes"/> more. An item that ran beside it becomes as narrow, but passes its stage as
/// soon as it runs without it.</remarks>
internal static class SuspectRules
{
    /// <summary>Decides what is known against the items after one more crash.</summary>
    /// <param name="ran">What was known against each item that ran at the crash.</param>
    /// <returns>What is known against each of them now, in the same order.</returns>
    public static Suspicion[] AfterCrash(IReadOnlyList<Suspicion> ran)
    {
        int suspects = ran.Count(item => item.Width > 0);
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
