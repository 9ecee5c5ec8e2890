using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Views;

public sealed class SayTests
{
    [TestCase(0, "0")]
    [TestCase(9_999, "9,999")]
    [TestCase(12_345, "12.3k")]
    [TestCase(99_949, "99.9k")]
    [TestCase(99_950, "100k")]
    [TestCase(999_499, "999k")]
    [TestCase(1_250_000, "1.3M")]
    [TestCase(123_456_789, "123M")]
    [TestCase(12_345_678_901, "12.3G")]
    public void A_count_takes_five_characters(long count, string text) => Say.Short(count).ShouldBe(text);

    [TestCase(0, "0s")]
    [TestCase(0.0001, "<1ms")]
    [TestCase(0.035, "35ms")]
    [TestCase(0.9996, "1.0s")]
    [TestCase(9.94, "9.9s")]
    [TestCase(9.96, "9s")]
    [TestCase(59.9, "59s")]
    [TestCase(125, "2m05s")]
    [TestCase(12_000, "3h20m")]
    [TestCase(1_054_800, "12d05h")]
    public void A_time_takes_six_characters(double seconds, string text) => Say.Time(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [TestCase(null, "-/s")]
    [TestCase(0, "0/s")]
    [TestCase(0.001, "3.6/h")]
    [TestCase(0.05, "3.0/min")]
    [TestCase(12.34, "12.3/s")]
    [TestCase(123_456, "123k/s")]
    public void A_rate_has_the_unit_in_which_it_can_be_read(double? rate, string text) => Say.Rate(rate).ShouldBe(text);

    [TestCase(0.999, "99 %")]
    [TestCase(1, "100 %")]
    public void It_is_a_hundred_percent_at_the_end_only(double share, string text) => Say.Percent(share).ShouldBe(text);

    [Test]
    public void The_time_left_is_a_band_or_the_reason_why_it_is_unknown()
    {
        Say.Remaining(RemainingTime.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(65))).ShouldBe("ETA 40s-1m05s");
        Say.Remaining(RemainingTime.Between(TimeSpan.FromSeconds(4.1), TimeSpan.FromSeconds(4.3))).ShouldBe("ETA 4s");
        Say.Remaining(RemainingTime.Unknown("the run is paused")).ShouldBe("ETA unknown: the run is paused");
    }

    [Test]
    public void What_user_code_wrote_stays_one_line_without_control_codes()
    {
        TextWidth.Clean("two\r\nlines, \u001b[31mred\u009b").ShouldBe("two  lines,  [31mred ");
        TextWidth.Clean("\u202agood\u202egpj.\u2066exe\u2069\u2028").ShouldBe(" good gpj. exe  ");
    }

    [TestCase("ameise", 6, "ameise")]
    [TestCase("ameisen", 6, "ameis…")]
    [TestCase("蟻の行列", 8, "蟻の行列")]
    [TestCase("蟻の行列", 6, "蟻の…")]
    [TestCase("ant", 1, "…")]
    [TestCase("ant", 0, "")]
    public void A_text_is_cut_by_columns_and_says_so(string text, int width, string cut) => TextWidth.Cut(text, width, Glyphs.Unicode).ShouldBe(cut);

    [Test]
    public void The_columns_that_matter_least_are_left_out_first_and_spare_room_goes_to_those_that_can_use_it()
    {
        Column[] columns = [new("NAME", 4, Most: 8), new("A", 3, Rank: 1), new("B", 3, Rank: 2)];

        new Table(columns, 12, Glyphs.Unicode).Row("ant", "1", "2").ToString().ShouldBe("ant  1   2");
        new Table(columns, 11, Glyphs.Unicode).Row("ant", "1", "2").ToString().ShouldBe("ant     1");
        new Table(columns, 6, Glyphs.Unicode).Row("ant colony", "1", "2").ToString().ShouldBe("ant c…");
    }

    [Test]
    public void A_sparkline_is_as_high_as_the_highest_value_lets_it_be()
    {
        Glyphs.Ascii.Sparkline([0, 1, 4, 8], 4).ShouldBe(" .=#");
        Glyphs.Ascii.Sparkline([8], 3).ShouldBe("  #");
        Glyphs.Ascii.Sparkline([0, 0], 2).ShouldBe("  ");
    }
}
