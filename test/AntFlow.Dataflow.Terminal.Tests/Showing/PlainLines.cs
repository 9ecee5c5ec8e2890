using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;
using Spectre.Console.Testing;

namespace AntFlow.Dataflow.Terminal.Tests.Showing;

public sealed class PlainLines
{
    [Test]
    public void Redirected_output_gets_plain_lines_without_control_codes()
    {
        TestConsole console = Screens.Terminal();
        var run = new RecordingRun();
        TerminalDisplay display = Redirected(DashboardLevel.Full, console);

        display.OnStart(run, 12_000);
        display.OnUpdate(run.Snapshot with { Elapsed = TimeSpan.FromSeconds(90), Succeeded = 6_000 });
        display.OnFinish(Some.Report());

        console.Output.ShouldNotContain("\u001b");
        string[] lines = console.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        lines[0].ShouldStartWith("1m23s RUNNING 5,009 of 12,000 (41 %), ");
        lines[0].ShouldContain("12 failed, ETA");
        lines[1].ShouldStartWith("1m30s RUNNING 6,012 of 12,000 (50 %), ");
        lines[2].ShouldStartWith("Run night: 5,234 items in 1m23s");
        lines[^1].ShouldBe("1 failed callback, the last one in OnSuccess: InvalidOperationException: no mail today");
    }

    [Test]
    public void There_is_a_line_every_few_seconds_and_at_once_when_the_state_changes()
    {
        var pace = new LinePace();

        pace.TryBegin("RUNNING", "1 of 9", TimeSpan.Zero).ShouldBeTrue("the first one");
        pace.TryBegin("RUNNING", "2 of 9", TimeSpan.FromSeconds(4.9)).ShouldBeFalse("too early");
        pace.TryBegin("RUNNING", "3 of 9", TimeSpan.FromSeconds(5)).ShouldBeTrue("a few seconds later");
        pace.TryBegin("PAUSED", "3 of 9", TimeSpan.FromSeconds(5.5)).ShouldBeTrue("another state");
        pace.TryBegin("PAUSED", "3 of 9", TimeSpan.FromSeconds(60)).ShouldBeFalse("nothing has changed");
        pace.TryBegin("PAUSED", "3 of 9", TimeSpan.FromSeconds(65.5)).ShouldBeTrue("to show that it is still there");
    }

    [Test]
    public async Task A_whole_run_leaves_its_summary_in_a_file()
    {
        TestConsole console = Screens.Terminal();
        var time = new SteppedTime();
        var options = new RunOptions { RunId = "nightly", Display = Redirected(level: null, console) };

        await PipelineBuilder
            .Stage<int, int>("Halve", x => x % 2 == 0 ? x / 2 : throw new ArgumentException($"{x} is odd"))
            .WithTimeProvider(time)
            .Build()
            .RunAsync([2, 3, 4], options)
            .InTime();

        string[] lines = console.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        lines[0].ShouldStartWith("0s RUNNING 0 of 3 (0 %), ");
        lines[1].ShouldStartWith("0s ENDED 3 of 3 (100 %), ");
        string.Join('\n', lines[2..]).ShouldBe("""
            Run nightly: 3 items in 0s, -/s: 2 succeeded, 1 failed, 0 canceled
            Failed by type: ArgumentException 1
            Failed by stage: Halve 1
            Failed items:
              ITEM STAGE ATTEMPTS ERROR
              #1   Halve        1 ArgumentException: 3 is odd
            """.ReplaceLineEndings("\n"));
    }

    private static TerminalDisplay Redirected(DashboardLevel? level, TestConsole console) => new(level, console, new TerminalAbilities(CanRedraw: false, CanReadKeys: false));
}
