using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Results;

public sealed class ResultRingTests
{
    [Test]
    public void An_empty_ring_gives_nothing()
    {
        var ring = new ResultRing<string>();

        ring.TryTake(1, out string result).ShouldBeFalse();
        result.ShouldBeNull();
        ring.ToList().ShouldBeEmpty();
        ring.UnblockAll();
        ring.UnblockBefore(5);
        (ring.Count, ring.Blocked).ShouldBe((0, 0));
    }

    [Test]
    public void Nothing_before_a_position_is_blocked_and_all_from_there_on_stays_as_it_is() => DecisionPlans.Play(dice =>
    {
        var ring = new ResultRing<int>();
        // Anywhere in the ring, so that it has grown, or goes round its end.
        for (int i = dice.Below(40); i > 0; i--)
            ring.Add(0, isBlocked: false);
        while (ring.TryTake(1, out _))
            continue;
        List<bool> model = [.. Enumerable.Range(0, dice.Below(20)).Select(_ => dice.OneIn(2))];
        for (int i = 0; i < model.Count; i++)
            ring.Add(i, model[i]);
        int position = dice.Between(-1, 22);

        ring.UnblockBefore(position);

        List<bool> left = [.. model.Select((isBlocked, i) => isBlocked && i >= position)];
        ring.Blocked.ShouldBe(left.Count(isBlocked => isBlocked));
        ring.ToList().ShouldBe(Enumerable.Range(0, model.Count));
        for (int i = 0; i < left.Count; i++)
        {
            ring.First.ShouldBe(i);
            // A bound so large that nothing comes within it.
            ring.TryTake(int.MaxValue, out int result).ShouldBeTrue();
            result.ShouldBe(i);
            left[i] = false;
            ring.Blocked.ShouldBe(left.Count(isBlocked => isBlocked));
        }

        return $"{position} {model.Count}";
    });

    [Test]
    public void The_one_that_comes_within_the_bound_is_blocked_no_more()
    {
        var ring = new ResultRing<int>();
        for (int i = 0; i < 4; i++)
            ring.Add(i, isBlocked: i > 1);

        ring.TryTake(bound: 2, out _).ShouldBeTrue();
        ring.Blocked.ShouldBe(1, "of 1, 2 and 3 the third is beyond");
        ring.TryTake(bound: 2, out _).ShouldBeTrue();
        ring.Blocked.ShouldBe(0, "as many are left as the bound");
    }

    [Test]
    public void A_result_that_was_taken_is_not_kept_alive()
    {
        var ring = new ResultRing<object>();

        WeakReference taken = Memory.Make(() =>
        {
            ring.Add(new object(), isBlocked: false);
            ring.TryTake(1, out object result);
            return result;
        });

        Memory.IsKept(taken).ShouldBeFalse();
        ring.Count.ShouldBe(0);
    }
}
