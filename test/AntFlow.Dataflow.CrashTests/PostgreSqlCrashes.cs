using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

public sealed class PostgreSqlCrashes : OwnServerTests
{
    // Every so many runs, and in them every so many lives, the server is stopped where it stands.
    private const int RunsWithSetbacks = 2;
    private const int LivesWithSetbacks = 4;

    [Test]
    public async Task A_run_that_is_killed_again_and_again_does_everything_and_nothing_twice_that_was_finished_while_the_server_dies_now_and_then()
    {
        int runs = 0;
        int setbacks = await CrashCampaigns.RunAsync(
            "PostgreSQL", (random, persistsInput) => Begin(runs++ % RunsWithSetbacks == 0, random.Next(LivesWithSetbacks), persistsInput), endsAreNotedAtOnce: false);
        setbacks.ShouldBeGreaterThan(0);
    }

    /// <summary>Begins a run in a schema of its own.</summary>
    private Campaign Begin(bool hasSetbacks, int first, bool persistsInput) =>
        new([$"server={Server.ConnectionString}", $"schema=s{Guid.NewGuid():N}"], CrashCampaigns.Items)
        {
            PersistsInput = persistsInput,
            SetbackIn = life => hasSetbacks && life % LivesWithSetbacks == first ? RestartAsync : null,
        };

    private async Task RestartAsync()
    {
        await Server.StopImmediateAsync();
        await Server.RestartAsync();
    }
}
