using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

public sealed class PrintedReports
{
    [Test]
    public async Task All_succeeded_is_one_line()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("A", x => x), Enumerable.Range(0, 1500));

        Print(report, TimeSpan.FromSeconds(2)).ShouldBe(["Run r: 1,500 items in 2.0 s, 750 items/s: 1,500 succeeded, 0 failed, 0 canceled"]);
    }

    [Test]
    public async Task Nothing_to_do_is_one_line_without_a_rate()
    {
        Print(await RunAsync(PipelineBuilder.Stage<int, int>("A", x => x), []), TimeSpan.FromMilliseconds(3.4)).ShouldBe(["Run r: 0 items in 3 ms: 0 succeeded, 0 failed, 0 canceled"]);
    }

    [Test]
    public async Task Failures_are_told_by_type_by_stage_and_one_by_one()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder
            .Stage<int, int>("Fetch", (int x) => x == 1 ? throw new ArgumentException("wrong\nkey") : x)
            .Then("Save", (int x) => x == 2 ? throw new NotSupportedException("no") : x);

        Print(await RunAsync(builder, Enumerable.Range(0, 4)), TimeSpan.FromMinutes(2.5)).ShouldBe(
            [
                "Run r: 4 items in 2 min 30 s, 1.6 items/min: 2 succeeded, 2 failed, 0 canceled",
                "Failed by type:",
                "  ArgumentException      1",
                "  NotSupportedException  1",
                "Failed by stage:",
                "  Fetch  1",
                "  Save   1",
                "Failed items:",
                "  #1 in Fetch after 1 attempt: ArgumentException: wrong key",
                "  #2 in Save after 1 attempt: NotSupportedException: no",
            ],
            ignoreOrder: true);
    }

    [Test]
    public async Task Of_many_failed_items_the_first_five_are_told_each_on_a_line_of_bounded_length()
    {
        string[] lines = Print(await RunAsync(PipelineBuilder.Stage<int, int>("A", (int _) => throw new ArgumentException(new string('x', 1000))), Enumerable.Range(0, 30)), TimeSpan.FromHours(2));

        lines[0].ShouldBe("Run r: 30 items in 2 h 00 min, 15.0 items/h: 0 succeeded, 30 failed, 0 canceled");
        lines.SkipWhile(line => line != "First failed items:").Skip(1).Select(line => line[..5]).ShouldBe(["  #0 ", "  #1 ", "  #2 ", "  #3 ", "  #4 "]);
        lines.ShouldAllBe(line => line.Length < 250);
    }

    [Test]
    public async Task A_stop_is_told_and_what_was_not_taken()
    {
        var items = new List<int>(Enumerable.Range(0, 1000));
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", (int _) => throw new ArgumentException("wrong key"))
            .RunAsync(items, new RunOptions { RunId = "r", StopAfterFailures = 1 }).InTime();
        string[] lines = Print(report with { NotTakenCount = 989 }, TimeSpan.FromSeconds(1));

        lines[1..3].ShouldBe(["The run was stopped before its end", "989 items of the input were not taken"]);
        Print(report with { WasStopped = false, NotTakenCount = 1 }, TimeSpan.FromSeconds(1))[1].ShouldBe("1 item of the input was not taken");
        Print(report with { NotTakenCount = 0 }, TimeSpan.FromSeconds(1)).ShouldNotContain(line => line.Contains("taken"));
    }

    [Test]
    public async Task A_fault_comes_first()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("A", x => x), [1]);
        report = report with { Fault = new IOException("the disk is full"), NotTakenCount = 7 };

        Print(report, TimeSpan.FromDays(2.5)).ShouldBe(
            ["The run could not continue: the disk is full", "Run r: 1 item in 2 d 12 h, 0.017 items/h: 1 succeeded, 0 failed, 0 canceled", "7 items of the input were not taken"]);
        Print(report with { IsEngineBroken = true }, TimeSpan.FromDays(2.5))[0].ShouldBe("The engine of the pipeline broke: the disk is full");
    }

    [Test]
    public async Task What_an_earlier_run_did_is_told_and_then_no_rate()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("A", x => x), Enumerable.Range(0, 10));

        Print(report with { ResumedCount = 4, NotFedCount = 1 }, TimeSpan.FromSeconds(1)).ShouldBe(
            ["Run r: 10 items in 1.0 s: 10 succeeded, 0 failed, 0 canceled", "4 items were resumed from an earlier run", "1 item of earlier runs was not fed again"]);
    }

    [Test]
    public async Task Failed_callbacks_are_counted_and_the_last_one_is_told()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.OnSuccess = (e, _) => throw new InvalidDataException($"{e.Value}"));

        Print(await RunAsync(builder, [1, 2]), TimeSpan.FromSeconds(1))[1..].ShouldBe(["2 failed callbacks, the last one: OnSuccess of A: InvalidDataException: 2"]);
        Print(await RunAsync(builder, [1]), TimeSpan.FromSeconds(1))[1..].ShouldBe(["1 failed callback: OnSuccess of A: InvalidDataException: 1"]);
    }

    [Test]
    [SetCulture("de-DE")]
    public async Task It_is_printed_in_the_invariant_culture()
    {
        PipelineReport<int> report = await RunAsync(PipelineBuilder.Stage<int, int>("A", x => x), Enumerable.Range(0, 1500));

        Print(report, TimeSpan.FromSeconds(59.5))[0].ShouldStartWith("Run r: 1,500 items in 59.5 s, 25.2 items/s");
    }

    private static Task<PipelineReport<int>> RunAsync(PipelineBuilder<int, int> builder, IEnumerable<int> items) => builder.RunAsync(items, new RunOptions { RunId = "r" }).InTime();

    private static string[] Print(PipelineReport report, TimeSpan elapsed) => $"{report with { Elapsed = elapsed }}".Split(Environment.NewLine);
}
