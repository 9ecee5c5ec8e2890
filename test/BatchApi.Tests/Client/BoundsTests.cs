using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class BoundsTests
{
    [Test]
    public void Nothing_takes_no_time()
    {
        Bounds.LowerBound([], [2, 2]).ShouldBe(TimeSpan.Zero);
        Bounds.TenAtATime([]).ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public void A_single_item_takes_its_whole_chain()
    {
        ItemTimes[] one = [Some.Times(1, 5, 2)];

        Seconds(Bounds.LowerBound(one, [10, 10, 10])).ShouldBe(8);
        Seconds(Bounds.TenAtATime(one)).ShouldBe(8);
    }

    [Test]
    public void With_many_workers_the_longest_chain_decides()
    {
        ItemTimes[] items = [Some.Times(1, 1), Some.Times(2, 9), Some.Times(1, 1)];

        Seconds(Bounds.LowerBound(items, [3, 3])).ShouldBe(11);
    }

    [Test]
    public void With_few_workers_the_busiest_stage_decides_with_the_shortest_way_to_it_and_from_it()
    {
        // The middle stage has 4 + 6 + 8 = 18 s of work for two workers. It cannot begin before 1 s, and 2 s are left after it.
        ItemTimes[] items = [Some.Times(1, 4, 3), Some.Times(2, 6, 2), Some.Times(3, 8, 5)];

        Seconds(Bounds.LowerBound(items, [3, 2, 3])).ShouldBe(16); // the longest chain, 3 + 8 + 5, is as long as 1 + 18 / 2 + 2 = 12 is not
        Seconds(Bounds.LowerBound(items, [3, 1, 3])).ShouldBe(21); // 1 + 18 / 1 + 2
    }

    [Test]
    public void An_item_that_failed_counts_as_far_as_it_came()
    {
        // The second item ended in the second stage, so nothing has to follow its 4 s there.
        ItemTimes[] items = [Some.Times(1, 4, 10), Some.Times(1, 4, double.NaN)];

        Seconds(Bounds.LowerBound(items, [2, 1, 1])).ShouldBe(15); // the chain; 1 + 8 / 1 + 0 = 9 is less
        Seconds(Bounds.TenAtATime(items)).ShouldBe(15);
    }

    [Test]
    public void Ten_at_a_time_waits_for_the_slowest_of_every_ten()
    {
        // Twelve items of 1 s but for two slow ones, of which one is in each group: 20 + 7.
        ItemTimes[] items = [.. Enumerable.Range(0, 12).Select(n => n switch { 3 => Some.Times(10, 10), 11 => Some.Times(7, 0), _ => Some.Times(0.5, 0.5) })];

        Seconds(Bounds.TenAtATime(items)).ShouldBe(27);
        Seconds(Bounds.TenAtATime(items, group: 4)).ShouldBe(20 + 1 + 7);
        Seconds(Bounds.TenAtATime(items, group: 100)).ShouldBe(20);
    }

    [Test]
    public void The_bound_is_never_above_what_groups_of_ten_take()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            IReadOnlyList<ItemTimes> items = Made(seed);
            Bounds.LowerBound(items, [10, 10, 10]).ShouldBeLessThanOrEqualTo(Bounds.TenAtATime(items));
        }
    }

    [Test]
    public void Another_seed_gives_other_numbers()
    {
        Bounds.LowerBound(Made(1), [10, 10, 10]).ShouldNotBe(Bounds.LowerBound(Made(2), [10, 10, 10]));
        Bounds.TenAtATime(Made(1)).ShouldNotBe(Bounds.TenAtATime(Made(2)));
        Bounds.TenAtATime(Made(1)).ShouldBe(Bounds.TenAtATime(Made(1)));
    }

    private static ItemTimes[] Made(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 65).Select(_ => Some.Times(random.NextDouble(), random.NextDouble() * (random.Next(10) == 0 ? 20 : 1), random.NextDouble()))];
    }

    private static double Seconds(TimeSpan time) => time.TotalSeconds;
}
