using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class PerformancePageTests
{
    private static readonly string _top = Repository.Find(AppContext.BaseDirectory);

    [Test]
    public void The_numbers_of_the_page_are_those_of_the_results()
    {
        string page = File.ReadAllText(Repository.Page(_top));

        PerformancePage.Fill(page, Repository.Results(_top))
            .ShouldBe(page, "docs/performance.md is out of date: dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- docs");
    }

    [Test]
    public void The_page_shows_every_table_there_is()
    {
        string page = File.ReadAllText(Repository.Page(_top));

        foreach (string block in new[] { "rivals", "gate", "Profile", "Allocations", "Cores", "Throughput", "PriorityBuffer", "Retry", "Tracking", "Makespan" })
            page.ShouldContain($"<!-- results: {block} -->");
    }

    [Test]
    public void What_stood_between_the_marks_is_replaced_and_nothing_else()
    {
        const string page = "# A\n<!-- results: Nothing -->\nold\nold\n<!-- end of results -->\nB\n";

        PerformancePage.Fill(page, Repository.Results(_top)).ShouldBe("# A\n<!-- results: Nothing -->\n\nNot measured yet.\n\n<!-- end of results -->\nB\n");
    }

    [Test]
    public void Filling_a_page_twice_changes_nothing()
    {
        string once = PerformancePage.Fill("<!-- results: Nothing -->\n<!-- end of results -->", Repository.Results(_top));

        PerformancePage.Fill(once, Repository.Results(_top)).ShouldBe(once);
    }

    [TestCase("<!-- results: A -->\n")]
    [TestCase("<!-- end of results -->\n")]
    [TestCase("<!-- results: A -->\n<!-- results: B -->\n<!-- end of results -->\n")]
    public void A_block_without_its_begin_or_end_is_an_error(string page) =>
        Should.Throw<FormatException>(() => PerformancePage.Fill(page, Repository.Results(_top)));

    [Test]
    public void A_table_is_taken_out_of_its_report_with_the_line_that_says_where_it_comes_from()
    {
        const string report = "```\n\nSome machine\n\n```\n| Method   | Body      | Mean     |\n|--------- |---------- |---------:|\n| **&#39;raw&#39;** | **AtOnce** | **1 ns** |\n\nMeasured on a machine.\n";

        Markdown.TableOf(report, "report.md").ShouldBe("| Method | Body | Mean |\n|---|---:|---:|\n| raw | AtOnce | 1 ns |\n\nMeasured on a machine.\n");
    }

    [Test]
    public void A_table_with_ratios_shows_nothing_else_that_was_measured_and_leads_to_the_rest()
    {
        const string report = "| Method | Body | Mean | Error | Ratio | RatioSD | Allocated | Alloc Ratio |\n|--- |--- |---:|---:|---:|---:|---:|---:|\n| raw | AtOnce | 1 ns | 0.1 ns | 1.00 | 0.02 | 8 B | 1.00 |\n"
            + "|  |  |  |  |  |  |  |  |\n| ours | AtOnce | 2 ns | 0.1 ns | 2.00 | 0.02 | 4 B | 0.50 |\n\nMeasured on a machine.\n";

        Markdown.TableOf(report, "report.md").ShouldBe("| Method | Body | Ratio | Alloc Ratio |\n|---|---:|---:|---:|\n| raw | AtOnce | 1.00 | 1.00 |\n| ours | AtOnce | 2.00 | 0.50 |\n\n"
            + "Measured on a machine. [Times, errors and bytes](report.md).\n");
    }

    [Test]
    public void What_is_faster_is_told_with_its_ratios_the_greatest_first() =>
        Rivals.Of(Gate(("core", 3), ("channels-at-once", 1.25), ("akka-at-once", 2.5), ("akka", 0.9)))
            .ShouldBe("Alternatives are faster in these cases: AntFlow.Dataflow takes 2.50 times as long as Akka.Streams with bodies that complete at once (`akka-at-once`), "
                + "1.25 times as long as bounded Channels with bodies that complete at once (`channels-at-once`).");

    [Test]
    public void Where_nothing_is_faster_the_page_says_so() =>
        Rivals.Of(Gate(("akka", 0.9))).ShouldBe("None of the alternatives that the gate measures is faster.");

    [Test]
    public void What_is_faster_in_the_table_of_throughput_is_told_the_fastest_first()
    {
        const string report = "| Method | Body | Mean | Ratio |\n|--- |--- |---:|---:|\n| raw | AtOnce | 4 ns | 1.00 |\n| AntFlow.Dataflow | AtOnce | 2 ns | 0.50 |\n| 'bounded Channels' | AtOnce | 1 ns | 0.30 |\n"
            + "| Akka.Streams | AtOnce | 1 ns | 0.20 |\n| Akka.Streams | Suspends | 1 ns | 0.10 |\n";

        Rivals.OfThroughput(report)
            .ShouldBe("In the throughput table below, with bodies that complete at once, AntFlow.Dataflow takes 0.50 of the time of the raw chain, Akka.Streams 0.20, bounded Channels 0.30.");
    }

    private static GateResults Gate(params (string Row, double Measured)[] rows) =>
        new(new Measurement("A machine", 2, ".NET", "2026-01-01", "abc"), [.. rows.Select(row => Verdict.Of(new RatioRow(row.Row, "ours / theirs", 1, 0.5, 2), items: 100, [row.Measured]))]);

    [Test]
    public void The_outcome_of_the_gate_is_a_table_that_says_where_it_comes_from()
    {
        var verdict = Verdict.Of(new RatioRow("core", "ours / theirs", 1, 0.5, 2), items: 100, [0.75]);

        Markdown.Of(new GateResults(new Measurement("A machine", 2, ".NET", "2026-01-01", "abc"), [verdict]))
            .ShouldBe("| row | what is measured | measured | target | stretch | limit | |\n|---|---|---|---|---|---|---|\n"
                + "| core | ours / theirs | 0.75 | 1 | 0.5 | 2 | ok |\n"
                + "\nMeasured on A machine, 2 cores, .NET; 2026-01-01, commit abc.\n");
    }
}
