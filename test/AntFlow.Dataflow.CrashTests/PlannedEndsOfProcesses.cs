using AntFlow.Dataflow.CrashTests.Lives;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

/// <summary>Real processes that end with items in a long stage. Deploys, Ctrl-C and a closed terminal are no crashes; another exit code, an exception and a kill are.</summary>
[Platform(Exclude = "Win")]
[Category("LinuxOnly")]
public sealed class PlannedEndsOfProcesses
{
    internal const int Items = 12;
    internal const int Held = 4;

    [TestCase("-TERM", 143)]
    [TestCase("-INT", 130)]
    [TestCase("-HUP", 129)]
    [TestCase("exit 0", 0)]
    [TestCase("return", 0)]
    public async Task Three_planned_ends_fail_nothing_and_make_no_suspects(string how, int code)
    {
        NeedsSignal(how);
        using var campaign = new Campaign([], Items) { Settings = ["maxCrashes=3", "echo=1"] };
        for (int ends = 0; ends < 3; ends++)
            await EndAsync(campaign, [], process => DoAsync(process, how), code);

        await CheckAsync(campaign, crashed: 0, planned: Held);
    }

    [TestCase("-KILL", 137)]
    [TestCase("exit 1", 1)]
    [TestCase("throw", 134)]
    [TestCase("failfast", 134)]
    public async Task Every_other_end_is_a_crash(string how, int code)
    {
        using var campaign = new Campaign([], Items) { Settings = ["maxCrashes=3", "echo=1"] };
        await EndAsync(campaign, [], process => DoAsync(process, how), code);

        await CheckAsync(campaign, crashed: Held, planned: 0);
    }

    [TestCase("exit 1", 1)]
    [TestCase("throw", 134)]
    public async Task A_crash_after_a_signal_is_a_crash(string how, int code)
    {
        using var campaign = new Campaign([], Items) { Settings = ["maxCrashes=3", "echo=1"] };
        await EndAsync(campaign, ["handles=signals"], async process =>
        {
            await HaveHandledAsync(process, "-TERM");
            await DoAsync(process, how);
        }, code);

        await CheckAsync(campaign, crashed: Held, planned: 0);
    }

    [TestCase("-KILL", 137)]
    [TestCase("exit 0", 0)]
    public async Task A_drain_that_ends_or_is_cut_off_after_a_signal_is_a_planned_end(string how, int code)
    {
        using var campaign = new Campaign([], Items) { Settings = ["maxCrashes=3", "echo=1"] };
        await EndAsync(campaign, ["handles=signals"], async process =>
        {
            await HaveHandledAsync(process, "-TERM");
            await DoAsync(process, how);
        }, code);

        await CheckAsync(campaign, crashed: 0, planned: Held);
    }

    [TestCase("signals", "-TERM")]
    [TestCase("signals", "-INT")]
    [TestCase("signals", "-HUP")]
    [TestCase("keys", "-INT")]
    public async Task A_program_that_handles_a_signal_goes_on_as_it_does_without(string handles, string signal)
    {
        NeedsSignal(signal);
        using var campaign = new Campaign([], Items) { Settings = ["maxCrashes=3", "echo=1"] };
        Life life = await EndAsync(campaign, [$"handles={handles}"], async process =>
        {
            await HaveHandledAsync(process, signal);
            await process.LetGoAsync();
        }, code: 0);

        life.All("result").Count(line => line.Details[1] == "Succeeded").ShouldBe(Items);
    }

    /// <summary>A run that lets four bodies begin, which do not end, and ends in some way.</summary>
    internal static async Task<Life> EndAsync(Campaign campaign, IEnumerable<string> settings, Func<JobProcess, Task> end, int code)
    {
        (int number, JobProcess process) = campaign.Begin(["held=1", .. settings]);
        using (process)
        {
            int held = 0;
            (await process.ReadUntilAsync(line => line.StartsWith("begin\t", StringComparison.Ordinal) && line.Contains("\t1\t", StringComparison.Ordinal) && ++held == Held)).ShouldBeTrue();
            await end(process);
            (int found, string errors) = await process.EndAsync();
            found.ShouldBe(code, errors);
            return campaign.End(number, found);
        }
    }

    /// <summary>Goes on to the end, and looks at what it has found.</summary>
    /// <param name="campaign">The run.</param>
    /// <param name="crashed">How many attempts a crash has interrupted.</param>
    /// <param name="planned">How many a planned end has interrupted.</param>
    internal static async Task CheckAsync(Campaign campaign, int crashed, int planned)
    {
        Life life = await FinishAsync(campaign);
        life.All("interrupted").Count().ShouldBe(crashed);
        life.All("crashed").Count().ShouldBe(crashed);
        life.All("planned-for").Count().ShouldBe(planned);
    }

    /// <summary>Goes on to the end.</summary>
    internal static async Task<Life> FinishAsync(Campaign campaign)
    {
        (int number, JobProcess process) = campaign.Begin([]);
        using (process)
        {
            (int code, string errors) = await process.EndAsync();
            code.ShouldBe(0, errors);
            Life life = campaign.End(number, code);
            life.All("result").Count(line => line.Details[1] == "Succeeded").ShouldBe(Items);
            return life;
        }
    }

    internal static Task DoAsync(JobProcess process, string how) => how.StartsWith('-') ? process.SignalAsync(how) : process.OrderAsync(how);

    // Whoever starts a program under nohup has it, and what it starts, ignore SIGHUP.
    private static void NeedsSignal(string signal)
    {
        const string ignored = "SigIgn:";
        if (signal == "-HUP" && OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").First(line => line.StartsWith(ignored, StringComparison.Ordinal))[^1] is '1' or '3' or '5' or '7' or '9' or 'b' or 'd' or 'f')
            Assert.Ignore("SIGHUP is ignored here, as it is under nohup.");
    }

    private static async Task HaveHandledAsync(JobProcess process, string signal)
    {
        await process.SignalAsync(signal);
        (await process.ReadUntilAsync(line => line.StartsWith("signaled", StringComparison.Ordinal))).ShouldBeTrue();
    }
}
