using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class ListSchedulingTests
{
    [Test]
    public void One_worker_does_one_item_after_the_other() =>
        ListScheduling.Makespan([[3, 4, 5]], [1]).ShouldBe(12);

    [Test]
    public void As_many_workers_as_items_take_as_long_as_the_longest_one() =>
        ListScheduling.Makespan([[3, 4, 5]], [3]).ShouldBe(5);

    [Test]
    public void A_worker_that_is_free_takes_the_item_that_came_first() =>
        // 0-10 and 0-1, 1-3, 3-7.
        ListScheduling.Makespan([[10, 1, 2, 4]], [2]).ShouldBe(10);

    [Test]
    public void A_stage_begins_with_an_item_when_the_stage_before_ends_with_it() =>
        // The first stage ends at 1 and 11; the second works from 1 to 6 and from 11 to 16.
        ListScheduling.Makespan([[1, 10], [5, 5]], [1, 1]).ShouldBe(16);

    [Test]
    public void A_slow_item_holds_up_no_other_one() =>
        // The slow one keeps a worker for 100, and the other worker passes all others on meanwhile.
        ListScheduling.Makespan([[100, 1, 1, 1], [1, 1, 1, 1]], [2, 1]).ShouldBe(101);
}
