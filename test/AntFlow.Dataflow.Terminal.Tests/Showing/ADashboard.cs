using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;
using Spectre.Console.Testing;

namespace AntFlow.Dataflow.Terminal.Tests.Showing;

public sealed class ADashboard
{
    private const string HideCursor = "\u001b[?25l";
    private const string ShowCursor = "\u001b[?25h";

    private readonly SteppedTime _time = new();
    private readonly TestConsole _console = Screens.Terminal();
    private readonly RecordingRun _run = new();

    [Test]
    public void The_cursor_is_hidden_while_it_draws_and_comes_back_with_the_summary()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);

        display.OnStart(_run, 12_000);
        _console.Output.ShouldStartWith(HideCursor);
        _console.Output.ShouldNotContain(ShowCursor);
        display.OnFinish(Some.Report());

        _console.Output.ShouldContain("5,022 succeeded");
        _console.Output.ShouldEndWith(ShowCursor);
    }

    [Test]
    public void A_frame_is_drawn_over_the_last_one()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);
        display.OnStart(_run, 12_000);
        int first = _console.Output.Length;

        Later(display, _run.Snapshot with { Succeeded = 6_000 });

        // To its first line, and there to the first column.
        int lines = HeadView.Compact(Watch(), new Room(99, 39, Glyphs.Unicode)).Count;
        _console.Output[first..].ShouldStartWith($"\u001b[{lines}A\r");
    }

    [Test]
    public void Frames_come_at_most_four_times_a_second_and_only_if_something_has_changed()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);
        display.OnStart(_run, 12_000);
        int drawn = _console.Output.Length;

        _time.Advance(TimeSpan.FromMilliseconds(249));
        display.OnUpdate(_run.Snapshot with { Succeeded = 6_000 });
        _console.Output.Length.ShouldBe(drawn, "too early");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        display.OnUpdate(_run.Snapshot with { Succeeded = 6_000 });
        _console.Output.Length.ShouldBeGreaterThan(drawn);
        drawn = _console.Output.Length;
        Later(display, _run.Snapshot with { Succeeded = 6_000 });

        _console.Output.Length.ShouldBe(drawn, "nothing has changed");
    }

    [Test]
    public void Keys_act_on_the_run_and_are_seen_at_once()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);
        Press('p');
        Press(ConsoleKey.DownArrow);
        Press('+');
        Press('p');
        Press('-');
        Press('q');
        Press('q');
        display.OnFinish(Some.Report());

        _run.Asked.ShouldBe(["pause", "Enrich 4", "resume", "Enrich 3", "stop", "cancel"]);
        foreach (string seen in new[] { "PAUSED", "Enrich: 4 workers", "resumed", "STOPPING", "stopping; q again cancels", "CANCELING" })
            _console.Output.ShouldContain(seen);
    }

    [Test]
    public void Help_comes_and_goes()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);

        Press('?');
        _console.Output.ShouldContain("one worker more or less for the selected stage");
        int helped = _console.Output.Length;
        Press('?');

        _console.Output[helped..].ShouldContain("STAGE");
    }

    [TestCase(DashboardLevel.Compact, true)]
    [TestCase(DashboardLevel.Detailed, true)]
    [TestCase(DashboardLevel.Full, false)]
    public void Keys_are_not_looked_for_where_there_are_none(DashboardLevel level, bool canReadKeys)
    {
        TerminalDisplay display = new(level, _console, new TerminalAbilities(CanRedraw: true, canReadKeys), _time);

        display.OnStart(_run, 12_000);

        _time.PendingTimerCount.ShouldBe(0);
        display.OnFinish(Some.Report());
    }

    [Test]
    public void A_dashboard_that_has_ended_looks_for_no_keys()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);
        _time.PendingTimerCount.ShouldBe(1);

        display.OnFinish(Some.Report());

        _time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public void A_run_that_has_broken_so_badly_that_nothing_is_known_of_its_stages_gives_cursor_and_keys_back(
        [Values(null, DashboardLevel.Compact, DashboardLevel.Detailed, DashboardLevel.Full)] DashboardLevel? level)
    {
        TerminalDisplay display = Shown(level);
        display.OnStart(_run, 12_000);
        PipelineSnapshot least = Some.Snapshot() with { Phase = RunPhase.Ended, Stages = [], Workers = [], Errors = new ErrorSummary() };

        Later(display, least);
        display.OnFinish(Some.Report(least) with { Fault = new InvalidDataException("the count is lost"), IsEngineBroken = true });

        _console.Output.ShouldContain("The engine broke: InvalidDataException: the count is lost");
        _console.Output.ShouldEndWith(ShowCursor);
        _time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public void A_summary_that_cannot_be_made_gives_cursor_and_keys_back()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);

        Should.Throw<NullReferenceException>(() => display.OnFinish(Some.Report() with { Errors = null! }));

        _console.Output.ShouldEndWith(ShowCursor);
        _time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public void The_cursor_comes_back_when_a_frame_fails()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);

        Should.Throw<NullReferenceException>(() => Later(display, _run.Snapshot with { Errors = null! }));

        _console.Output.ShouldEndWith(ShowCursor);
        // The next one is drawn again.
        int failed = _console.Output.Length;
        Later(display, _run.Snapshot with { Succeeded = 6_000 });
        _console.Output.Length.ShouldBeGreaterThan(failed);
        display.OnFinish(Some.Report());
    }

    [Test]
    public void Keys_are_still_heard_after_a_frame_that_failed()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        display.OnStart(_run, 12_000);
        Press('p');
        PipelineSnapshot paused = _run.Snapshot;

        // The key itself draws a frame that cannot be drawn, and so does the next tick.
        _run.Snapshot = paused with { Errors = null! };
        Press('+');
        _run.Snapshot = paused;
        Press('p');

        _run.Asked.ShouldBe(["pause", "Fetch 4", "resume"]);
        display.OnFinish(Some.Report());
    }

    [Test]
    public void An_error_whose_message_cannot_be_read_is_shown_all_the_same()
    {
        TerminalDisplay display = Shown(DashboardLevel.Full);
        FailedItem[] failed = [Some.Failed(1, "Store", 1, new UnreadableException(), 5)];
        ErrorSummary errors = Some.Errors() with { FailedItems = failed, FirstFailedItems = failed };
        display.OnStart(_run, 12_000);
        Later(display, _run.Snapshot with { Errors = errors });
        display.OnFinish(Some.Report(_run.Snapshot with { Phase = RunPhase.Ended, Errors = errors }));

        _console.Output.ShouldContain("UnreadableException: its message cannot be read");
    }

    [Test]
    public void Times_of_day_are_those_of_the_user()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("here", TimeSpan.FromHours(3), "here", "here");
        PipelineSnapshot now = Some.Snapshot();
        StageSnapshot[] stages = [.. now.Stages.Select(stage => stage with { Queued = 0, Limited = 0, InProgress = 0, Overdue = 0, BlockedWorkers = 0, Limits = [] })];
        now = now with { Stages = stages, Queued = 0, Limited = 0, InProgress = 0, Overdue = 0, Retrying = 3, IsInputOpen = false, IsFeeding = false, Fed = now.Succeeded + now.Failed + now.Canceled + 3 };

        string there = new RunWatch(hasKeys: false).Add(now).Bottleneck.Sentence;
        string here = new RunWatch(hasKeys: false, zone).Add(now).Bottleneck.Sentence;

        DateTimeOffset due = stages.Single(stage => stage.NextAttemptAt is not null).NextAttemptAt!.Value;
        there.ShouldContain($"at {due.ToOffset(now.Timestamp.Offset):HH:mm:ss}");
        here.ShouldContain($"at {due.ToOffset(TimeSpan.FromHours(3)):HH:mm:ss}");
    }

    [Test]
    public void A_second_run_of_the_same_name_is_no_part_of_the_first()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);
        display.OnStart(_run, 12_000);
        var twin = new RecordingRun { Snapshot = _run.Snapshot with { StartedAt = _run.Snapshot.StartedAt.AddSeconds(1) } };
        Should.Throw<InvalidOperationException>(() => display.OnStart(twin, 1));
        int drawn = _console.Output.Length;

        Later(display, twin.Snapshot with { Succeeded = 6_000 });
        display.OnFinish(Some.Report(twin.Snapshot));

        _console.Output.Length.ShouldBe(drawn);
        display.OnFinish(Some.Report());
        _console.Output.ShouldEndWith(ShowCursor);
    }

    [Test]
    public void A_terminal_made_narrower_is_drawn_over_to_the_top()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);
        display.OnStart(_run, 12_000);
        int[] widths = [.. HeadView.Compact(Watch(), new Room(99, 39, Glyphs.Unicode)).Select(line => line.Width)];
        int drawn = _console.Output.Length;
        _console.Profile.Width = 60;

        Later(display, _run.Snapshot with { Succeeded = 6_000 });

        _console.Output[drawn..].ShouldStartWith($"\u001b[{widths.Sum(width => Math.Max(1, (width + 59) / 60))}A");
    }

    [Test]
    public void A_second_run_with_the_same_options_is_refused_and_the_first_one_goes_on()
    {
        TerminalDisplay display = Shown(DashboardLevel.Compact);
        display.OnStart(_run, 12_000);
        var other = new RecordingRun { Snapshot = Some.Snapshot() with { RunId = "other" } };

        Should.Throw<InvalidOperationException>(() => display.OnStart(other, 1)).Message
            .ShouldBe("ShowDashboard(Compact) already shows run night and can show one run at a time; run other continues without a display. Give each run its own options.");
        int drawn = _console.Output.Length;
        Later(display, other.Snapshot with { Succeeded = 6_000 });
        display.OnFinish(Some.Report(other.Snapshot));
        _console.Output.Length.ShouldBe(drawn);
        display.OnFinish(Some.Report());

        _console.Output.ShouldContain("Run night: ");
        display.OnStart(other, 1);
        display.OnFinish(Some.Report(other.Snapshot));
        _console.Output.ShouldContain("Run other: ");
    }

    [Test]
    public async Task Every_level_shows_a_whole_run([Values(null, DashboardLevel.Compact, DashboardLevel.Detailed, DashboardLevel.Full)] DashboardLevel? level)
    {
        var options = new RunOptions { RunId = "whole", Display = Shown(level) };

        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("Double", x => x * 2, workers: 3).Build().RunAsync(Enumerable.Range(0, 100), options).InTime();

        report.Errors.TotalCallbacks.ShouldBe(0);
        _console.Output.ShouldContain("Run whole: ");
        _console.Output.ShouldContain("100 succeeded");
        _console.Output.ShouldEndWith(ShowCursor);
    }

    private TerminalDisplay Shown(DashboardLevel? level) => new(level, _console, new TerminalAbilities(CanRedraw: true, CanReadKeys: true), _time);

    private Watched Watch() => new RunWatch(hasKeys: false).Add(_run.Snapshot);

    private void Later(TerminalDisplay display, PipelineSnapshot snapshot)
    {
        _time.Advance(TimeSpan.FromMilliseconds(500));
        display.OnUpdate(snapshot);
    }

    private void Press(char key) => Press(new ConsoleKeyInfo(key, ConsoleKey.None, shift: false, alt: false, control: false));

    private void Press(ConsoleKey key) => Press(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false));

    private void Press(ConsoleKeyInfo key)
    {
        _console.Input.PushKey(key);
        _time.Advance(TimeSpan.FromMilliseconds(300));
    }

    private sealed class UnreadableException : Exception
    {
        public override string Message => throw new NotSupportedException();
    }
}
