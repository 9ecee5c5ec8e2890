using AntFlow.Dataflow.CrashTests.Lives;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

/// <summary>Real processes whose run stops on signals (<see cref="RunOptions.StopOnSignals"/>): the first signal stops it, the second cancels it, and the third ends the process.</summary>
[Platform(Exclude = "Win")]
[Category("LinuxOnly")]
public sealed class StoppingOnSignals
{
    private const int Stopped = 3;

    [TestCase("-TERM")]
    [TestCase("-INT")]
    public async Task The_first_signal_lets_finish_what_runs_and_the_next_run_does_the_rest(string signal)
    {
        using var campaign = new Campaign([], PlannedEndsOfProcesses.Items) { Settings = ["echo=1"] };

        Life life = await PlannedEndsOfProcesses.EndAsync(campaign, ["handles=run"], async process =>
        {
            await SignalAsync(process, signal, RunPhase.Stopping);
            await process.LetGoAsync();
        }, Stopped);

        life.All("result").ShouldContain(line => line.Details[1] == "Canceled");
        life.All("result").ShouldNotContain(line => line.Details[1] == "Failed");
        await PlannedEndsOfProcesses.FinishAsync(campaign);
    }

    [Test]
    public async Task The_second_signal_cancels()
    {
        using var campaign = new Campaign([], PlannedEndsOfProcesses.Items) { Settings = ["echo=1"] };

        Life life = await PlannedEndsOfProcesses.EndAsync(campaign, ["handles=run"], async process =>
        {
            await SignalAsync(process, "-TERM", RunPhase.Stopping);
            await SignalAsync(process, "-INT", RunPhase.Canceling);
            await process.LetGoAsync();
        }, Stopped);

        life.All("result").ShouldContain(line => line.Details[1] == "Canceled");
        await PlannedEndsOfProcesses.FinishAsync(campaign);
    }

    [Test]
    public async Task The_third_signal_ends_the_process_and_is_a_planned_end()
    {
        using var campaign = new Campaign([], PlannedEndsOfProcesses.Items) { Settings = ["echo=1"] };
        await PlannedEndsOfProcesses.EndAsync(campaign, ["handles=run"], async process =>
        {
            await SignalAsync(process, "-TERM", RunPhase.Stopping);
            await SignalAsync(process, "-TERM", RunPhase.Canceling);
            await process.SignalAsync("-TERM");
        }, 143);

        Life life = await PlannedEndsOfProcesses.FinishAsync(campaign);
        life.All("crashed").ShouldBeEmpty();
    }

    private static async Task SignalAsync(JobProcess process, string signal, RunPhase phase)
    {
        await process.SignalAsync(signal);
        (await process.ReadUntilAsync(line => line.StartsWith("phase\t", StringComparison.Ordinal) && line.Contains($"\t{phase}", StringComparison.Ordinal))).ShouldBeTrue();
    }
}
