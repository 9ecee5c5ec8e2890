using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

/// <summary>The same where a planned end is noted by a server: one statement, within a second.</summary>
[Platform(Exclude = "Win")]
[Category("LinuxOnly")]
public sealed class PlannedEndsOnPostgreSql : OwnServerTests
{
    private Campaign NewCampaign() => new([$"server={Server.ConnectionString}"], PlannedEndsOfProcesses.Items) { Settings = ["maxCrashes=3", "echo=1"] };

    // The server is told of the end of an attempt a little later: until it knows, one that has ended would be found among those that run.
    private async Task EndAsync(JobProcess process, string how)
    {
        await WaitForMarksAsync().InTime();
        await PlannedEndsOfProcesses.DoAsync(process, how);
    }

    private async Task WaitForMarksAsync()
    {
        while (await Server.AskAsync("SELECT count(*) FROM antflow.marks WHERE id IS NOT NULL") != $"{PlannedEndsOfProcesses.Held}")
            await Task.Yield();
    }

    [TestCase("-TERM", 143)]
    [TestCase("-INT", 130)]
    [TestCase("exit 0", 0)]
    public async Task Three_planned_ends_fail_nothing_and_make_no_suspects(string how, int code)
    {
        using Campaign campaign = NewCampaign();
        for (int ends = 0; ends < 3; ends++)
            await PlannedEndsOfProcesses.EndAsync(campaign, [], process => EndAsync(process, how), code);

        await PlannedEndsOfProcesses.CheckAsync(campaign, crashed: 0, planned: PlannedEndsOfProcesses.Held);
    }

    [TestCase("-KILL", 137)]
    [TestCase("exit 1", 1)]
    public async Task Every_other_end_is_a_crash(string how, int code)
    {
        using Campaign campaign = NewCampaign();
        await PlannedEndsOfProcesses.EndAsync(campaign, [], process => EndAsync(process, how), code);

        await PlannedEndsOfProcesses.CheckAsync(campaign, crashed: PlannedEndsOfProcesses.Held, planned: 0);
    }

    [Test]
    public async Task A_server_that_does_not_answer_keeps_no_process_from_ending_and_the_end_counts_as_a_crash()
    {
        using Campaign campaign = NewCampaign();
        await PlannedEndsOfProcesses.EndAsync(
            campaign,
            [],
            async process =>
            {
                await Server.StopImmediateAsync();
                await process.SignalAsync("-TERM");
            },
            code: 143);
        await Server.RestartAsync();

        // What was noted last is lost with the server.
        Life life = await PlannedEndsOfProcesses.FinishAsync(campaign);
        life.Has("planned-for").ShouldBeFalse();
    }
}
