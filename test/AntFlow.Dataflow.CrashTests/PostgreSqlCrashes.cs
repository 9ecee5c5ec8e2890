using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

[Category("LinuxOnly")]
public sealed class PostgreSqlCrashes : OwnServerTests
{
    private static readonly TimeSpan _stall = TimeSpan.FromSeconds(3);

    [Test]
    public async Task A_run_that_is_killed_again_and_again_does_everything_and_nothing_twice_that_was_finished_while_the_server_crashes_or_stalls_now_and_then()
    {
        int runs = 0;
        int setbacks = await CrashCampaigns.RunAsync("PostgreSQL", (random, persistsInput) => Begin(random, runs++, persistsInput), endsAreNotedAtOnce: false);
        setbacks.ShouldBeGreaterThan(0);
    }

    /// <summary>Begins a run in a schema of its own.</summary>
    private Campaign Begin(Random random, int runs, bool persistsInput) =>
        new([$"server={Server.ConnectionString}", $"schema=s{Guid.NewGuid():N}"], CrashCampaigns.Items)
        {
            PersistsInput = persistsInput,
            SetbackIn = CrashCampaigns.Setbacks(random, runs, RestartAsync, StallAsync),
        };

    // Longer than a renewal of the lease takes, shorter than the lease.
    private async Task StallAsync()
    {
        await Server.StallAsync();
        await Task.Delay(_stall, TimeProvider.System);
        await Server.GoOnAsync();
    }

    private async Task RestartAsync()
    {
        await Server.StopImmediateAsync();
        await Server.RestartAsync();
    }
}
