using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class VerdictTests
{
    private static readonly RatioRow _row = new("core", "ours / theirs", Target: 1, Stretch: 0.5, Limit: 2);

    [Test]
    public void A_row_shows_the_median_of_its_rounds_and_the_lowest_and_highest_one()
    {
        Verdict verdict = Verdict.Of(_row, items: 100, [5, 1, 2, 4, 3]);

        verdict.Median.ShouldBe(3);
        verdict.Min.ShouldBe(1);
        verdict.Max.ShouldBe(5);
        verdict.Rounds.ShouldBe(5);
    }

    [Test]
    public void The_median_of_an_even_number_of_rounds_is_between_the_two_in_the_middle() =>
        Verdict.Of(_row, items: 100, [4, 1, 2, 3]).Median.ShouldBe(2.5);

    [Test]
    public void A_limit_that_holds_what_was_measured_is_fifteen_percent_above_it() =>
        RatioRow.Holding("core", "ours / theirs", target: 0.35, stretch: 0.28, measured: 0.4).ShouldBe(new RatioRow("core", "ours / theirs", 0.35, 0.28, Limit: 0.46));

    [TestCase(1.0, Outcome.Ok, "ok")]
    [TestCase(1.01, Outcome.OverTarget, "over target")]
    [TestCase(2.0, Outcome.OverTarget, "over target")]
    [TestCase(2.01, Outcome.Missed, "MISSED")]
    [TestCase(double.NaN, Outcome.Missed, "MISSED")]
    public void A_row_has_missed_above_its_limit_and_is_ok_up_to_its_target(double measured, Outcome outcome, string word)
    {
        Verdict verdict = Verdict.Of(_row, items: 100, [measured]);

        verdict.Outcome.ShouldBe(outcome);
        verdict.Word.ShouldBe(word);
    }

    [Test]
    public void A_few_slow_rounds_of_a_busy_machine_do_not_decide() =>
        Verdict.Of(_row, items: 100, [1, 1, 1, 1, 9, 9, 9]).Outcome.ShouldBe(Outcome.Ok);

    [Test]
    public void A_few_lucky_rounds_do_not_decide_either() =>
        Verdict.Of(_row, items: 100, [0.1, 0.1, 0.1, 3, 3, 3, 3]).Outcome.ShouldBe(Outcome.Missed);

    [Test]
    public void A_limit_of_zero_is_met_by_zero_alone()
    {
        var none = new RatioRow("urgent", "starts before an urgent item", Target: 0, Stretch: 0, Limit: 0);

        Verdict.Of(none, items: 400, [0, 0, 0]).Outcome.ShouldBe(Outcome.Ok);
        Verdict.Of(none, items: 400, [1, 1, 1]).Outcome.ShouldBe(Outcome.Missed);
    }

    [Test]
    public void A_row_that_was_not_measured_is_an_error() =>
        Should.Throw<ArgumentException>(() => Verdict.Of(_row, items: 100, [])).Message.ShouldStartWith("Row 'core' has no rounds");

    [Test]
    public void A_line_says_everything_of_a_row() =>
        Verdict.Of(_row, items: 100, [1, 2, 3]).ToString().Split('|', StringSplitOptions.TrimEntries)
            .ShouldBe(["core", "2", "1", "0.5", "2", "over target", "100", "3", "1-3"]);
}
