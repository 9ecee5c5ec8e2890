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

        foreach (string block in new[] { "gate", "Profile", "Cores", "Throughput", "PriorityBuffer", "Retry", "Tracking", "Makespan" })
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

        Markdown.TableOf(report).ShouldBe("| Method | Body | Mean |\n|---|---:|---:|\n| raw | AtOnce | 1 ns |\n\nMeasured on a machine.\n");
    }

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
