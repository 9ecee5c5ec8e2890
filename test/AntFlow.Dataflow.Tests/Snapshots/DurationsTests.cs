using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

public sealed class DurationsTests
{
    private readonly Durations _ten = new([(1, 2, 8), (2, 4, 2)]);

    [Test]
    public void The_next_one_is_longer_than_all_that_were_seen_with_a_chance_of_about_one_in_twice_their_number() =>
        _ten.GetShareEnded(elapsed: 0, within: 4).ShouldBe(1 - (0.5 / 10.5), 1e-9);

    [Test]
    public void One_that_has_run_longer_than_all_before_it_is_expected_to_run_longer_the_longer_it_has_run()
    {
        _ten.GetShareEnded(elapsed: 8, within: 2).ShouldBeLessThan(_ten.GetShareEnded(elapsed: 5, within: 2));
        _ten.GetShareEnded(elapsed: 8, within: 8).ShouldBe(_ten.GetShareEnded(elapsed: 16, within: 16), 1e-9);
        _ten.GetMeanRest(16).ShouldBeGreaterThan(_ten.GetMeanRest(8));
    }

    [Test]
    public void Of_those_under_way_one_may_be_longer_than_all_that_were_seen()
    {
        _ten.GetShareOfRest(4).ShouldBeInRange(0.9, 0.99);
        _ten.GetShareOfRest(40).ShouldBeInRange(0.999, 1);
    }

    [Test]
    public void Shares_rise_with_time_from_none_to_all([Values(0, 1.5, 3, 9)] double elapsed)
    {
        double[] ended = [.. Enumerable.Range(0, 200).Select(i => _ten.GetShareEnded(elapsed, i * 0.25))];
        double[] rests = [.. Enumerable.Range(0, 200).Select(i => _ten.GetShareOfRest(i * 0.25))];

        (ended[0], rests[0]).ShouldBe((0, 0));
        ended.ShouldBe(ended.Order());
        rests.ShouldBe(rests.Order());
        ended[^1].ShouldBeInRange(0.99, 1);
        rests[^1].ShouldBeInRange(0.99, 1);
    }

    [Test]
    public void Half_of_what_is_under_way_is_over_after_half_of_it_where_all_take_the_same_time() =>
        new Durations([(2, 2, 10_000)]).GetShareOfRest(1).ShouldBe(0.5, 0.001);
}
