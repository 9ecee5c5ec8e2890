using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Views;

public sealed class ManyWorkersTests
{
    private const int Workers = 10_000;

    [TestCase(DashboardLevel.Detailed, 60)]
    [TestCase(DashboardLevel.Detailed, 160)]
    [TestCase(DashboardLevel.Full, 60)]
    [TestCase(DashboardLevel.Full, 160)]
    public void Ten_thousand_workers_are_a_page(DashboardLevel level, int width)
    {
        string[] lines = Screens.Draw(room => TerminalDisplay.ViewOf(level)(Watched(), room), width, height: 100).TrimEnd().Split('\n');

        lines.Length.ShouldBeLessThan(100);
        lines.ShouldContain("   and 9,951 more (20 of 10,000 workers busy)");
        lines.Count(line => line.Contains("Fetch-W", StringComparison.Ordinal)).ShouldBe(49);
    }

    [Test]
    public void The_busy_ones_are_shown_before_the_idle_ones_and_stay_in_their_order()
    {
        string[] names = [.. WorkersView.Of(Watched(), new Room(100, 40, Glyphs.Unicode), 23).Select(line => line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];

        // 20 busy ones, the first idle one, and the line that counts the others.
        names.ShouldBe(["WORKER", "Fetch-W0", .. Enumerable.Range(1, 20).Select(i => $"Fetch-W{i * 400}"), "and"]);
    }

    [TestCase(60)]
    [TestCase(160)]
    public void Those_that_wait_for_room_are_not_idle(int width)
    {
        Watched watched = Some.Watched(Some.Snapshot() with { Workers = [Some.Idle("Fetch", 0), Some.Waiting("Fetch", 1), Some.Busy("Fetch", 2, 7, "fetch", 3)] });

        string[] lines = [.. WorkersView.Of(watched, new Room(width, 40, Glyphs.Unicode), 23).Select(line => line.ToString())];

        lines[1].ShouldContain("idle");
        lines[2].ShouldContain(width < 100 ? "waits" : "waits for room");
        lines[2].ShouldNotContain("idle");
        lines[2].ShouldContain("7s");
        lines[3].ShouldContain("fetch");
    }

    [Test]
    public void Those_that_wait_for_room_are_shown_before_the_idle_ones_and_counted()
    {
        Watched watched = Some.Watched(Some.Snapshot() with
        {
            Workers = [.. Enumerable.Range(0, 100).Select(i => i == 90 ? Some.Busy("Fetch", i, i, "fetch", 5) : i is 70 or 80 ? Some.Waiting("Fetch", i) : Some.Idle("Fetch", i))],
        });

        string[] lines = [.. WorkersView.Of(watched, new Room(100, 40, Glyphs.Unicode), 5).Select(line => line.ToString())];

        lines[1..4].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]).ShouldBe(["Fetch-W70", "Fetch-W80", "Fetch-W90"]);
        lines[4].ShouldContain("and 97 more (1 of 100 workers busy, 2 waiting for room)");
    }

    [Test]
    public void Ten_thousand_workers_cost_no_more_than_a_look_at_each()
    {
        Watched watched = Watched();
        var room = new Room(100, 40, Glyphs.Unicode);
        DashboardView.Full(watched, room);
        long before = GC.GetAllocatedBytesForCurrentThread();

        DashboardView.Full(watched, room);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100 * Workers);
    }

    [Test]
    public void More_stages_than_rows_are_counted_and_the_selected_one_is_among_those_shown()
    {
        PipelineSnapshot now = Some.Snapshot() with { Stages = [.. Enumerable.Range(0, 60).Select(i => Some.Stage($"Stage-{i}"))] };

        string text = Screens.Draw(room => DashboardView.Full(Some.Watched(now) with { Selected = 45 }, room), 100, height: 30);

        text.ShouldContain(">  Stage-45");
        text.ShouldContain("more stages");
    }

    private static Watched Watched() => Some.Watched(Some.Snapshot() with
    {
        Stages = [Some.Stage("Fetch", Workers)],
        Workers = [.. Enumerable.Range(0, Workers).Select(i => i > 0 && i % 400 == 0 && i <= 8_000 ? Some.Busy("Fetch", i, i, "fetch", i / 100) : Some.Idle("Fetch", i))],
    }) with
    { Selected = 0 };
}
