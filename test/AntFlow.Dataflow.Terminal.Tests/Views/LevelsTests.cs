using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Views;

public sealed class LevelsTests
{
    private static readonly int[] _widths = [60, 100, 160];

    [Test]
    public void What_a_level_shows_is_approved(
        [Values("Progress", "Compact", "Detailed", "Full")] string level, [ValueSource(nameof(_widths))] int width) =>
        Screens.Draw(room => ViewOf(level)(Some.Watched(), room), width).ShouldMatchApproved(options => options
            .SubFolder("Approved").WithFilenameGenerator((_, _, type, extension) => $"{level}-{width}.{type}.{extension}"));

    [Test]
    public void What_is_left_behind_is_approved([ValueSource(nameof(_widths))] int width) =>
        Screens.Draw(room => SummaryView.Of(Some.Report(), room), width).ShouldMatchApproved(options => options
            .SubFolder("Approved").WithFilenameGenerator((_, _, type, extension) => $"Summary-{width}.{type}.{extension}"));

    [Test]
    public void What_the_help_says_is_approved([ValueSource(nameof(_widths))] int width) =>
        Screens.Draw(room => DashboardView.Full(Some.Watched() with { ShowsHelp = true }, room), width).ShouldMatchApproved(options => options
            .SubFolder("Approved").WithFilenameGenerator((_, _, type, extension) => $"Help-{width}.{type}.{extension}"));

    [Test]
    public void No_line_is_wider_than_the_room(
        [Values("Progress", "Compact", "Detailed", "Full")] string level, [Range(20, 200, 9)] int width, [Values] bool isUnicode)
    {
        IReadOnlyList<Line> lines = ViewOf(level)(Some.Watched(), new Room(width, 40, Glyphs.Of(isUnicode)));

        lines.Where(line => line.Width > width).Select(line => line.ToString()).ShouldBeEmpty();
    }

    [Test]
    public void There_are_never_more_lines_than_rows([Values("Progress", "Compact", "Detailed", "Full")] string level, [Range(4, 60, 3)] int height) =>
        ViewOf(level)(Some.Watched(), new Room(99, height, Glyphs.Unicode)).Count.ShouldBeLessThanOrEqualTo(height);

    [Test]
    public void A_terminal_without_unicode_gets_plain_signs([Values("Progress", "Compact", "Detailed", "Full")] string level)
    {
        string text = Screens.Draw(room => ViewOf(level)(Some.Watched(), room), 100, isUnicode: false);

        text.Where(c => c > '~').ShouldBeEmpty();
    }

    [Test]
    public void What_colors_say_words_and_marks_say_as_well()
    {
        string[] lines = Screens.Draw(room => DashboardView.Full(Some.Watched(Some.Snapshot() with { IsPaused = true }), room), 100).Split('\n');

        lines[0].ShouldStartWith("PAUSED");
        lines[1].ShouldContain("12 failed");
        lines[3].ShouldStartWith("! Enrich");
        lines.ShouldContain(line => line.StartsWith(">! Enrich", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("failed 5s ago", StringComparison.Ordinal));
    }

    [Test]
    public void Items_that_are_held_are_shown_where_there_are_any()
    {
        PipelineSnapshot now = Some.Snapshot();
        StageSnapshot[] stages = [now.Stages[0] with { Quarantined = 7 }, now.Stages[1], now.Stages[2]];
        string[] lines = Screens.Draw(room => DashboardView.Detailed(Some.Watched(now with { Quarantined = 7, Stages = stages }), room), 120).Split('\n');

        lines.ShouldContain(line => line.Contains("1 overdue  7 quarantined  2 limited", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("QUEUE  QUAR LIMIT", StringComparison.Ordinal));
        Screens.Draw(room => DashboardView.Detailed(Some.Watched(), room), 160).ToUpperInvariant().ShouldNotContain("QUAR");
    }

    [Test]
    public void Branches_are_indented_and_looks_and_filtered_items_have_columns_where_there_are_any()
    {
        PipelineSnapshot now = Some.Snapshot();
        StageSnapshot[] stages = [now.Stages[0] with { Filtered = 9 }, now.Stages[1] with { Depth = 1, Polling = 8, NextLookAt = now.Timestamp }, now.Stages[2]];
        string[] lines = Screens.Draw(room => DashboardView.Detailed(Some.Watched(now with { Polling = 8, Filtered = 9, Stages = stages }), room), 160).Split('\n');

        lines.ShouldContain(line => line.Contains("8 polling", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("9 filtered", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("RETRY  POLL BLOCK  DONE  FILT  FAIL", StringComparison.Ordinal));
        int column = lines.Single(line => line.Contains("STAGE", StringComparison.Ordinal)).IndexOf("STAGE", StringComparison.Ordinal);
        now.Stages.Select(stage => lines.First(line => line.Contains(stage.Name, StringComparison.Ordinal) && line.Contains('/')).IndexOf(stage.Name, StringComparison.Ordinal) - column).ShouldBe([0, 2, 0]);
        string plain = Screens.Draw(room => DashboardView.Detailed(Some.Watched(), room), 160);
        plain.ShouldNotContain("POLL");
        plain.ShouldNotContain("FILT");
    }

    [Test]
    public void An_unknown_total_shows_a_count_and_no_share()
    {
        string text = Screens.Draw(room => HeadView.Progress(Some.Watched(Some.Snapshot() with { Total = null }), room), 100);

        text.Trim().ShouldBe("5,009 done of 5,234 fed so far  60.4/s  12 failed  ETA 1m42s-2m11s");
        text.ShouldNotContain("%");
    }

    [Test]
    public void An_unknown_total_shows_no_bar_on_any_level([Values("Compact", "Detailed", "Full")] string level)
    {
        string[] lines = Screens.Draw(room => ViewOf(level)(Some.Watched(Some.Snapshot() with { Total = null }), room), 100).Split('\n');

        lines[1].TrimEnd().ShouldBe("5,009 done of 5,234 fed so far  60.4/s  12 failed  ETA 1m42s-2m11s");
    }

    [Test]
    public void Of_many_failed_items_the_first_20_are_left_behind_and_the_others_are_counted()
    {
        FailedItem[] first = [.. Enumerable.Range(1, 20).Select(i => Some.Failed(i, "Store", 1, new TimeoutException("too late"), 1))];
        var errors = new ErrorSummary { TotalFailed = 137, FirstFailedItems = first, FailedItems = [.. first.Skip(10)] };
        PipelineReport<int> report = Some.Report(Some.Snapshot() with { Phase = RunPhase.Ended, Failed = 137, Errors = errors });

        string[] lines = Screens.Draw(room => SummaryView.Of(report, room), 100).TrimEnd().Split('\n');

        int title = Array.IndexOf(lines, "The first 20 of 137 failed items:");
        lines[(title + 2)..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]).ShouldBe(Enumerable.Range(1, 20).Select(i => $"{i}"));
    }

    [TestCase("RUNNING", RunPhase.Running, false)]
    [TestCase("PAUSED", RunPhase.Running, true)]
    [TestCase("STOPPING", RunPhase.Stopping, false)]
    [TestCase("CANCELING", RunPhase.Canceling, true)]
    [TestCase("ENDED", RunPhase.Ended, false)]
    public void The_state_is_a_word(string word, RunPhase phase, bool isPaused) =>
        Some.Watched(Some.Snapshot() with { Phase = phase, IsPaused = isPaused }).State.ShouldBe(word);

    [Test]
    public void A_bar_is_full_at_the_end_only_and_never_empty_once_something_is_done()
    {
        Glyphs.Ascii.Bar(0, 5).ShouldBe("-----");
        Glyphs.Ascii.Bar(0.001, 5).ShouldBe("#----");
        Glyphs.Ascii.Bar(0.999, 5).ShouldBe("####-");
        Glyphs.Ascii.Bar(1, 5).ShouldBe("#####");
    }

    private static View ViewOf(string level) => TerminalDisplay.ViewOf(level == "Progress" ? null : Enum.Parse<DashboardLevel>(level));
}
