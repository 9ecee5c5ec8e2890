using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.CrashTests.Promises;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

public sealed class PoisonItems
{
    private const int MaxCrashes = 3;
    private const int Items = 12;

    [TestCase("kill", Life.Killed)]
    [TestCase("exit", Life.Left)]
    [TestCase("crash", Life.Crashed)]
    public async Task An_item_that_kills_the_process_fails_after_three_deaths_and_all_others_succeed(string poisonBy, int code)
    {
        using var campaign = new Campaign([], Items) { Settings = [$"maxCrashes={MaxCrashes}", "poison=5", $"poisonBy={poisonBy}"] };

        Story story = await campaign.RunAsync(_ => null);

        Promise.Check(story, failed: "n:5");
        story.Lives.Count(life => life.Moment == "poison" && life.Code == code).ShouldBe(MaxCrashes);
        story.Lives[^1].All("result").Single(line => line.Item == "n:5").Details[2].ShouldContain($"MaxCrashes is {MaxCrashes}");
    }
}
