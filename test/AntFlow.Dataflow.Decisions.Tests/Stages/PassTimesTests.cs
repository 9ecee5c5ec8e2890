using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class PassTimesTests
{
    [Test]
    public void Every_duration_lies_in_the_bounds_of_its_bucket()
    {
        var random = new Random(1);
        foreach (long ticks in Enumerable.Range(0, 100).Select(i => (long)i).Concat(Enumerable.Range(0, 2000).Select(_ => random.NextInt64() >> random.Next(62))).Append(long.MaxValue))
        {
            int bucket = PassSpread.BucketOf(ticks);
            bucket.ShouldBeInRange(0, PassSpread.Buckets - 1);
            PassSpread.LeastOf(bucket).ShouldBeLessThanOrEqualTo(ticks);
            PassSpread.LeastOf(bucket + 1).ShouldBeGreaterThanOrEqualTo(ticks);
        }

        PassSpread.BucketOf(-5).ShouldBe(0, "a clock that goes back");
    }

    [Test]
    public void A_quantile_is_right_to_within_15_percent()
    {
        var random = new Random(2);
        var times = new PassTimes(ticksPerSecond: 1000);
        long[] ticks = [.. Enumerable.Range(0, 5000).Select(_ => (long)(1000 * Math.Exp(6 * random.NextDouble())))];
        foreach (long each in ticks)
            times.Add(random.Next(50), nth: 2, each);
        PassSpread spread = times.Merge(ticksPerSecond: 1);

        spread.Total.ShouldBe(5000);
        foreach (double share in new[] { 0.05, 0.5, 0.95, 0.99, 1 })
        {
            double truth = ticks.Order().ElementAt((int)Math.Ceiling(share * 5000) - 1);
            spread.GetQuantile(share).ShouldBeInRange(truth * 0.85, truth * 1.15);
        }
    }

    [Test]
    public void Of_short_passes_one_in_sixteen_is_counted_for_all()
    {
        var times = new PassTimes(ticksPerSecond: 1_000_000);
        for (int nth = 1; nth <= 1600; nth++)
            times.Add(worker: 0, nth, ticks: 500);
        times.Add(worker: 0, nth: 1601 + 5, ticks: 1000);
        PassSpread spread = times.Merge(1);

        spread.Total.ShouldBe(1601);
        spread.Ticks.ShouldBe((1600 * 500) + 1000);
    }

    [Test]
    public void Counting_allocates_nothing()
    {
        var times = new PassTimes(ticksPerSecond: 1000);
        times.Add(3, 1, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            times.Add(3, i, i);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
