using System.Globalization;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Decisions.Tests.Kit;

/// <summary>Drives a decision object through many random plans, on one thread.</summary>
/// <remarks><c>ANTFLOW_PLANS=n</c> plays only the first so many of each: a run of mutations plays them again for every mutant.</remarks>
internal static class DecisionPlans
{
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_PLANS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 10_000;

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
