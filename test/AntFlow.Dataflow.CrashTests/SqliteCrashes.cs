using AntFlow.Dataflow.CrashTests.Lives;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

[Category("LinuxOnly")]
public sealed class SqliteCrashes
{
    private static readonly TimeSpan _stall = TimeSpan.FromSeconds(1);

    [Test]
    public async Task A_run_that_is_killed_again_and_again_does_everything_and_nothing_twice_that_was_finished_while_its_file_is_locked_now_and_then()
    {
        int runs = 0;
        int setbacks = await CrashCampaigns.RunAsync("SQLite", (random, persistsInput) => Begin(random, runs++, persistsInput), endsAreNotedAtOnce: true);
        setbacks.ShouldBeGreaterThan(0);
    }

    private static Campaign Begin(Random random, int runs, bool persistsInput)
    {
        Campaign campaign = null!;
        campaign = new Campaign([], CrashCampaigns.Items)
        {
            PersistsInput = persistsInput,
            SetbackIn = CrashCampaigns.Setbacks(random, runs, () => HoldLockAsync(campaign.StoreFile)),
        };
        return campaign;
    }

    /// <summary>Another program writes to the file, and takes its time.</summary>
    private static async Task HoldLockAsync(string file)
    {
        await using var other = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        await other.OpenAsync();
        await using SqliteCommand command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();
        await Task.Delay(_stall, TimeProvider.System);
        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync();
    }
}
