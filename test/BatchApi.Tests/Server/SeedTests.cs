using BatchApi.Server;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class SeedTests
{
    private static readonly ServerOptions _usual = new();

    [Test]
    public void Of_every_ten_batches_in_a_row_exactly_one_is_slow([Range(1, 20)] int seed)
    {
        var chance = new Seeded(seed);

        foreach (int[] ten in Enumerable.Range(0, 200).Chunk(10))
            ten.Count(index => Plan(chance, index, $"content {index}").IsSlow).ShouldBe(1);
    }

    [Test]
    public void A_slow_batch_takes_20_times_as_long()
    {
        var chance = new Seeded(1);
        TimeSpan[] slow = [.. Enumerable.Range(0, 1000).Select(n => Plan(chance, n, $"{n}")).Where(plan => plan.IsSlow).Select(Length)];
        TimeSpan[] normal = [.. Enumerable.Range(0, 1000).Select(n => Plan(chance, n, $"{n}")).Where(plan => !plan.IsSlow).Select(Length)];

        normal.ShouldAllBe(length => length.TotalSeconds >= 0.2 && length.TotalSeconds <= 0.5);
        slow.ShouldAllBe(length => length.TotalSeconds >= 4 && length.TotalSeconds <= 10);
    }

    [Test]
    public void The_same_seed_decides_the_same_in_whatever_order_it_is_asked()
    {
        int[] indexes = [.. Enumerable.Range(0, 100)];
        var one = new Seeded(5);
        var other = new Seeded(5);

        BatchPlan[] forwards = [.. indexes.Select(n => Plan(one, n, $"{n}"))];
        BatchPlan[] backwards = [.. indexes.Reverse().Select(n => Plan(other, n, $"{n}"))];

        backwards.Reverse().ShouldBe(forwards);
    }

    [Test]
    public void Another_seed_decides_otherwise()
    {
        BatchPlan[] one = [.. Enumerable.Range(0, 100).Select(n => Plan(new Seeded(1), n, $"{n}"))];
        BatchPlan[] other = [.. Enumerable.Range(0, 100).Select(n => Plan(new Seeded(2), n, $"{n}"))];

        other.ShouldNotBe(one);
    }

    [Test]
    public void Batches_end_in_every_way_and_mostly_well()
    {
        ILookup<BatchEnd, BatchPlan> ends = Enumerable.Range(0, 2000).Select(n => Plan(new Seeded(1), n, $"{n}")).ToLookup(plan => plan.End);

        ends[BatchEnd.Failed].Count().ShouldBeInRange(20, 100);
        ends[BatchEnd.Expired].Count().ShouldBeInRange(80, 200);
        ends[BatchEnd.Expired].ShouldAllBe(plan => plan.DoneShare >= 0.3 && plan.DoneShare <= 0.8);
    }

    [Test]
    public void Calls_are_refused_by_what_they_are_and_how_often_they_came()
    {
        Refusal?[] once = Refusals(seed: 3);

        Refusals(seed: 3).ShouldBe(once);
        Refusals(seed: 4).ShouldNotBe(once);
        once.Count(refusal => refusal?.Kind == RefusalKind.Throttled).ShouldBeInRange(40, 130); // 8 % of 1,000
        once.Count(refusal => refusal?.Kind == RefusalKind.ErrorBefore).ShouldBeInRange(10, 60); // 3 %
        once.Count(refusal => refusal?.Kind == RefusalKind.ErrorAfter).ShouldBeInRange(10, 60); // 3 %
        once.Where(refusal => refusal?.Kind == RefusalKind.Throttled).ShouldAllBe(refusal => refusal!.RetryAfterSeconds >= 1 && refusal.RetryAfterSeconds <= 2);

        static Refusal?[] Refusals(int seed) => [.. Enumerable.Range(1, 1000).Select(n => Traffic.Decide(new Seeded(seed), 1, CallKind.Create, "POST create x", n))];
    }

    [Test]
    public void Without_trouble_nothing_is_refused_and_nothing_expires()
    {
        var options = new ServerOptions { Trouble = 0 };

        Enumerable.Range(0, 1000).ShouldAllBe(n => Traffic.Decide(new Seeded(1), 0, CallKind.Create, "x", n) == null);
        Enumerable.Range(0, 1000).ShouldAllBe(n => BatchPlan.For(new Seeded(1), n, $"{n}", options).End == BatchEnd.Completed);
    }

    private static BatchPlan Plan(Seeded chance, int index, string content) => BatchPlan.For(chance, index, content, _usual);

    private static TimeSpan Length(BatchPlan plan) => plan.Validating + plan.InProgress + plan.Finalizing;
}
