using NUnit.Framework;

namespace AntFlow.Dataflow.CrashTests;

public sealed class SqliteCrashes
{
    [Test]
    public Task A_run_that_is_killed_again_and_again_does_everything_and_nothing_twice_that_was_finished() =>
        CrashCampaigns.RunAsync("SQLite", (_, persistsInput) => CrashCampaigns.InSqlite(persistsInput), endsAreNotedAtOnce: true);
}
