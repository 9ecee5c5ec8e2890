using System.Globalization;
using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.CrashTests.Promises;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

/// <summary>Runs whose process is killed again and again until enough deaths were seen, of every kind.</summary>
/// <remarks><c>ANTFLOW_LONG=1</c> dies 1,000 times; <c>ANTFLOW_KILLS=n</c> as often as that; <c>ANTFLOW_SEED=n</c> plans the deaths of that seed.</remarks>
internal static class CrashCampaigns
{
    public const int Items = 24;
    private const int FewestOfAKind = 5;
    private const int MostMore = 200;

    private static int Kills =>
        Environment.GetEnvironmentVariable("ANTFLOW_KILLS") is { } kills ? int.Parse(kills, CultureInfo.InvariantCulture)
        : Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1" ? 1_000
        : 60;

    /// <summary>Runs until enough was seen.</summary>
    /// <param name="what">The kind of the store.</param>
    /// <param name="begin">Begins a run in a store of its own; given whether inputs are stored.</param>
    /// <param name="endsAreNotedAtOnce">Whether the end of an attempt is noted before its item goes to the store.</param>
    /// <returns>How often something happened to the store meanwhile.</returns>
    public static async Task<int> RunAsync(string what, Func<Random, bool, Campaign> begin, bool endsAreNotedAtOnce)
    {
        int seed = Environment.GetEnvironmentVariable("ANTFLOW_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : Environment.TickCount;
        await TestContext.Progress.WriteLineAsync($"{what}: seed {seed}");
        var random = new Random(seed);
        var plan = new KillPlan(seed);
        var count = new KillCount();
        (int runs, int repeated, int most, int lives, int setbacks, int feedsBroken, int failed) = (0, 0, 0, 0, 0, 0, 0);
        // A kind that never comes is a fault of the plan, which is said at the end.
        while (count.Total < Kills || (count.Least < FewestOfAKind && count.Total < Kills + MostMore))
        {
            using Campaign campaign = begin(random, runs % 3 == 2);
            Story story = await campaign.RunAsync(plan.Next) with { EndsAreNotedAtOnce = endsAreNotedAtOnce };
            Promise.Check(story);
            count.Add(story);
            (int again, int allowed) = Promise.CountRepetitions(story);
            (runs, repeated, most, lives) = (runs + 1, repeated + again, most + allowed, lives + story.Lives.Count);
            failed += Promise.FindFailedByCrashes(story).Count;
            (setbacks, feedsBroken) = (setbacks + story.Lives.Count(life => life.HadSetback), feedsBroken + story.Lives.Count(life => life is { HadSetback: true, Code: 4 }));
        }

        await TestContext.Progress.WriteLineAsync(
            $"{what}: {count}. {runs} runs of {Items} items, {lives} lives; finished stages repeated: 0; bodies repeated: {repeated}, of {most} that were running or being saved at a kill; "
            + $"failed after three lone crashes: {failed}; "
            + $"the store was held up or stopped {setbacks} times, and {feedsBroken} lives gave up over it.");
        count.Least.ShouldBeGreaterThanOrEqualTo(FewestOfAKind);
        return setbacks;
    }

    /// <summary>A setback in every so many runs, and in them in every so many lives: each time another one of those that there are.</summary>
    public static Func<int, Func<Task>?> Setbacks(Random random, int runs, params IReadOnlyList<Func<Task>> setbacks)
    {
        const int Runs = 2;
        const int Lives = 4;
        int first = random.Next(Lives);
        return life => runs % Runs == 0 && life % Lives == first ? setbacks[(runs / Runs + life / Lives) % setbacks.Count] : null;
    }
}
