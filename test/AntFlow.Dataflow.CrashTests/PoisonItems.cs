using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.CrashTests.Promises;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

[Category("LinuxOnly")]
public sealed class PoisonItems
{
    private const int MaxCrashes = 3;
    private const int Items = 12;

    // The workers of all stages, which is more than can run together.
    private const int Workers = 13;

    [TestCase("kill", Life.Killed)]
    [TestCase("exit", Life.Left)]
    [TestCase("crash", Life.Crashed)]
    public async Task An_item_that_crashes_the_process_fails_after_three_lone_crashes_and_all_others_succeed(string poisonBy, int code)
    {
        using var campaign = new Campaign([], Items) { Settings = ["poison=5", $"poisonBy={poisonBy}"] };

        Story story = await campaign.RunAsync(_ => null);

        Promise.Check(story, failed: "n:5");
        int crashes = story.Lives.Count(life => life.Moment == "poison" && life.Code == code);
        crashes.ShouldBeInRange(MaxCrashes, (int)Math.Log2(Workers) + MaxCrashes);
        story.Lives[^1].All("result").Single(line => line.Item == "n:5").Details[2].ShouldContain($"MaxCrashes is {MaxCrashes}");
    }
}
