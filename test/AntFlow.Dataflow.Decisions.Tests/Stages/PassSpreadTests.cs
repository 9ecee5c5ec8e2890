using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class PassSpreadTests
{
    [TestCase(-1, 0)]
    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(3, 3)]
    [TestCase(4, 4)]
    [TestCase(5, 5)]
    [TestCase(7, 7)]
    [TestCase(8, 8)]
    [TestCase(9, 8)]
    [TestCase(10, 9)]
    [TestCase(15, 11)]
    [TestCase(16, 12)]
    [TestCase(1024, 36)]
    [TestCase(1279, 36)]
    [TestCase(1280, 37)]
    [TestCase(long.MaxValue, PassSpread.Buckets - 1)]
    public void A_duration_lies_in_one_of_four_buckets_to_each_power_of_two(long ticks, int bucket) => PassSpread.BucketOf(ticks).ShouldBe(bucket);

    [TestCase(0, 0)]
    [TestCase(3, 3)]
    [TestCase(4, 4)]
    [TestCase(7, 7)]
    [TestCase(8, 8)]
    [TestCase(9, 10)]
    [TestCase(11, 14)]
    [TestCase(36, 1024)]
    [TestCase(37, 1280)]
    public void A_bucket_begins_where_the_one_before_ends(int bucket, double least) => PassSpread.LeastOf(bucket).ShouldBe(least);

    [Test]
    public void An_empty_spread_has_no_buckets_and_a_quantile_of_zero()
    {
        var spread = new PassSpread(new long[PassSpread.Buckets], ticksPerSecond: 10);

        (spread.Total, spread.Ticks, spread.TicksPerSecond).ShouldBe((0, 0, 10));
        spread.GetQuantile(0.5).ShouldBe(0);
        spread.GetBuckets().ShouldBeEmpty();
    }

    [Test]
    public void A_quantile_is_the_middle_of_the_bucket_that_so_large_a_share_reaches()
    {
        PassSpread spread = Of(perSecond: 10, (2, 1), (5, 2), (9, 1));

        spread.Total.ShouldBe(4);
        spread.GetQuantile(0.25).ShouldBe(0.2);
        spread.GetQuantile(0.26).ShouldBe(0.55);
        spread.GetQuantile(0.75).ShouldBe(0.55);
        spread.GetQuantile(0.76).ShouldBe(1.1);
        spread.GetQuantile(1).ShouldBe(1.1);
        Of(perSecond: 1, (4, 1)).GetQuantile(1).ShouldBe(4.5, "it is the first bucket of more than one value");
    }

    [Test]
    public void A_share_of_nothing_is_reached_by_the_first_duration_and_not_by_an_empty_bucket() => Of(perSecond: 1, (3, 1)).GetQuantile(0).ShouldBe(3);

    [Test]
    public void Buckets_that_are_not_empty_have_their_bounds_in_seconds()
    {
        PassSpread spread = Of(perSecond: 10, (0, 7), (3, 1), (4, 2), (9, 3));

        spread.GetBuckets().ShouldBe([(0, 0, 7), (0.3, 0.3, 1), (0.4, 0.5, 2), (1, 1.2, 3)]);
        spread.Counts.Count.ShouldBe(PassSpread.Buckets);
    }

    private static PassSpread Of(double perSecond, params (int Bucket, long Count)[] counted)
    {
        long[] counts = new long[PassSpread.Buckets];
        foreach ((int bucket, long count) in counted)
            counts[bucket] = count;
        return new PassSpread(counts, perSecond);
    }
}
