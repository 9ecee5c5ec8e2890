using System.Diagnostics;
using System.Text.RegularExpressions;
using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.RealTerminal;

/// <summary>Runs the example as a user does, in a real terminal, and presses its keys.</summary>
[NonParallelizable]
[Category("LinuxOnly")]
public sealed partial class TheFullDashboardInATerminal
{
    [SetUp]
    public void NeedsATerminal()
    {
        if (Tmux.MissingBecause() is not { } why)
            return;
        // A build server that lacks it would go on for years without this test.
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            Assert.Fail(why);
        Assert.Ignore(why);
    }

    [Test]
    public async Task P_holds_the_counts_still_and_lets_them_go_on_again()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "600");
        await terminal.WaitForAsync(pane => Done(pane) > 0, "the first items that are done");

        await terminal.PressAsync("p");
        await terminal.WaitForAsync(pane => pane.Contains("PAUSED", StringComparison.Ordinal), "PAUSED");
        // What was running goes on to its end, and what was due again goes back into its queue.
        string still = await terminal.WaitForAsync(
            pane => Counts(pane).Contains(" 0 running", StringComparison.Ordinal) && !RetryingPattern().IsMatch(Counts(pane)), "that nothing runs, and nothing will be due again");
        string later = await terminal.WaitForAsync(pane => Elapsed(pane) >= Elapsed(still) + 2, "two more seconds");
        later.ShouldContain("PAUSED");
        Counts(later).ShouldBe(Counts(still));
        Done(later).ShouldBe(Done(still));

        await terminal.PressAsync("p");
        string onward = await terminal.WaitForAsync(pane => pane.Contains("RUNNING", StringComparison.Ordinal) && Done(pane) > Done(later), "that it goes on");
        Counts(onward).ShouldNotBe(Counts(later));
    }

    [Test]
    public async Task Plus_shows_more_workers()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "600");
        await terminal.WaitForAsync(pane => pane.Contains("/8 ", StringComparison.Ordinal) && pane.Contains("Fetch-W7", StringComparison.Ordinal), "the 8 workers of Fetch");

        await terminal.PressAsync("+");

        string more = await terminal.WaitForAsync(pane => pane.Contains("Fetch: 9 workers", StringComparison.Ordinal) && pane.Contains("/9 ", StringComparison.Ordinal), "9 workers");
        more.ShouldContain("Fetch-W8");
    }

    [Test]
    public async Task Arrows_select_the_stage_whose_workers_minus_takes_away_and_help_comes_and_goes()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "600");
        await terminal.WaitForAsync(pane => pane.Contains("Fetch-W7", StringComparison.Ordinal), "the workers of Fetch");

        await terminal.PressAsync("Down");
        await terminal.WaitForAsync(pane => pane.Contains("Enrich-W5", StringComparison.Ordinal), "the workers of Enrich");
        await terminal.PressAsync("-");
        await terminal.WaitForAsync(pane => pane.Contains("Enrich: 5 workers", StringComparison.Ordinal) && pane.Contains("/5 ", StringComparison.Ordinal), "5 workers");
        await terminal.PressAsync("?");
        await terminal.WaitForAsync(pane => pane.Contains("stop gently: running items finish their stage", StringComparison.Ordinal), "the help");
        await terminal.PressAsync("?");
        await terminal.WaitForAsync(pane => pane.Contains("Enrich-W0", StringComparison.Ordinal), "the dashboard again");
        await terminal.PressAsync("Up");

        await terminal.WaitForAsync(pane => pane.Contains("Fetch-W7", StringComparison.Ordinal), "the workers of Fetch again");
    }

    [Test]
    public async Task Q_once_lets_what_runs_finish_its_stage_and_leaves_the_summary()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "600");
        await terminal.WaitForAsync(pane => Done(pane) > 0, "the first items that are done");

        await terminal.PressAsync("q");

        await terminal.WaitForAsync(pane => pane.Contains("Run dashboards: ", StringComparison.Ordinal) && pane.Contains(" canceled", StringComparison.Ordinal), "the summary");
        await WaitForAsync(terminal.HasCursorAsync, "The cursor never came back.");
    }

    [Test]
    public async Task Q_twice_ends_the_run_with_its_summary_and_the_cursor_is_back()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "600");
        await terminal.WaitForAsync(pane => Done(pane) > 0, "the first items that are done");
        (await terminal.HasCursorAsync()).ShouldBeFalse();

        await terminal.PressAsync("q", "q");

        await terminal.WaitForAsync(pane => pane.Contains("Run dashboards: ", StringComparison.Ordinal) && pane.Contains(" canceled", StringComparison.Ordinal), "the summary");
        await WaitForAsync(terminal.HasCursorAsync, "The cursor never came back.");
    }

    [Test]
    public async Task Ctrl_C_leaves_a_cursor_behind([Values("progress", "compact", "detailed", "full")] string level)
    {
        await using Tmux terminal = await StartAsync("--level", level, "--seconds", "600");
        await terminal.WaitForAsync(pane => pane.Contains(" of 7,200", StringComparison.Ordinal), "the progress");
        (await terminal.HasCursorAsync()).ShouldBeFalse();

        await terminal.PressAsync("C-c");

        await terminal.WaitForAsync(pane => pane.Contains(Tmux.Ended, StringComparison.Ordinal), "that the process has ended");
        (await terminal.HasCursorAsync()).ShouldBeTrue();
    }

    [TestCase("-TERM")]
    [TestCase("-HUP")]
    [TestCase("-QUIT")]
    public Task A_signal_that_ends_the_process_leaves_a_cursor_behind(string signal) => EndBySignalAsync(signal, "full", "the program has ended");

    [Test]
    public async Task Ctrl_backslash_leaves_a_cursor_behind([Values("progress", "full")] string level)
    {
        await using Tmux terminal = await StartAsync("--level", level, "--seconds", "600");
        await terminal.WaitForAsync(pane => pane.Contains(" of 7,200", StringComparison.Ordinal), "the progress");
        (await terminal.HasCursorAsync()).ShouldBeFalse();

        await terminal.PressAsync("C-\\");

        await terminal.WaitForAsync(pane => pane.Contains(Tmux.Ended, StringComparison.Ordinal), "that the process has ended");
        (await terminal.HasCursorAsync()).ShouldBeTrue();
    }

    [Test]
    public Task An_exception_that_nobody_catches_on_another_thread_leaves_a_cursor_behind([Values("progress", "full")] string level) =>
        EndBySignalAsync("-USR1", level, "Nobody catches this.", $"DOTNET_STARTUP_HOOKS={typeof(StartupHook).Assembly.Location} DOTNET_DbgEnableMiniDump=0 ");

    [Test]
    public async Task A_key_cannot_be_waited_for_where_the_input_is_redirected()
    {
        await using Tmux terminal = await StartAsync("--level", "full", "--seconds", "1", "< /dev/null");

        await terminal.WaitForAsync(pane => pane.Contains("Run dashboards: 12 items", StringComparison.Ordinal), "the summary");
    }

    private static async Task EndBySignalAsync(string signal, string level, string last, string variables = "")
    {
        string file = Path.GetTempFileName();
        await using Tmux terminal = await Tmux.StartAsync(110, 40, $"{variables}TERM=xterm-256color sh -c 'ulimit -c 0; echo $$ > {file}; exec dotnet {Example.Program} --level {level} --seconds 600'");
        await terminal.WaitForAsync(pane => pane.Contains(" of 7,200", StringComparison.Ordinal), "the progress");
        (await terminal.HasCursorAsync()).ShouldBeFalse();

        using (Process kill = Process.Start("kill", [signal, (await File.ReadAllTextAsync(file)).Trim()]))
            await kill.WaitForExitAsync();

        string pane = await terminal.WaitForAsync(pane => pane.Contains(Tmux.Ended, StringComparison.Ordinal), "that the process has ended");
        pane.ShouldContain(last);
        (await terminal.HasCursorAsync()).ShouldBeTrue();
        File.Delete(file);
    }

    private static Task<Tmux> StartAsync(params string[] arguments) =>
        Tmux.StartAsync(110, 40, $"TERM=xterm-256color dotnet '{Example.Program}' {string.Join(' ', arguments)}");

    private static async Task WaitForAsync(Func<Task<bool>> condition, string orElse)
    {
        long deadline = Environment.TickCount64 + 60_000;
        while (!await condition())
            Environment.TickCount64.ShouldBeLessThan(deadline, orElse);
    }

    private static int Done(string pane) => Number(DonePattern().Match(pane));

    private static int Elapsed(string pane) => Number(ElapsedPattern().Match(pane));

    private static string Counts(string pane) => pane.Split('\n').FirstOrDefault(line => line.Contains(" queued", StringComparison.Ordinal))?.Insert(0, " ").TrimEnd() ?? "";

    private static int Number(Match match) => match.Success ? int.Parse(match.Groups["n"].Value.Replace(",", "")) : -1;

    [GeneratedRegex(@"(?<n>[\d,]+) of [\d,]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DonePattern();

    [GeneratedRegex(@"\b[1-9][\d,]* retrying", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RetryingPattern();

    [GeneratedRegex(@"elapsed (?<n>\d+)s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ElapsedPattern();
}
