using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Decisions.Tests.Kit;

/// <summary>Drives a decision object through many random plans, on one thread.</summary>
internal static class DecisionPlans
{
    public const int Count = 10_000;

    /// <summary>Plays a plan for every seed, twice: what it tells must be the same both times.</summary>
    public static void Play(Func<Dice, string> play)
    {
        for (int seed = 1; seed <= Count; seed++)
        {
            string first;
            try
            {
                first = play(Dice.Of(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"plan {seed}", error);
            }

            if (seed % 50 == 0 && play(Dice.Of(seed)) != first)
                throw new InvalidOperationException($"plan {seed} does not repeat");
        }
    }
}
