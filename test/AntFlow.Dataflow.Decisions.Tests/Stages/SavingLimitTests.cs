using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class SavingLimitTests
{
    [Test]
    public void A_slip_waits_anew_each_time_it_is_lined_up()
    {
        var limit = new SavingLimit();
        Waiter waiter = new();
        limit.TryAcquire(new Waiter(), most: 1).ShouldBeTrue();
        for (int i = 0; i < 2; i++)
        {
            limit.TryAcquire(waiter, most: 1).ShouldBeFalse();
            PostLockActions after = default;
            limit.Leave(most: 1, ref after);
            waiter.IsAnswered().ShouldBeFalse();
            after.Perform();
            waiter.TakeAnswer().ShouldBeTrue();
        }
    }

    [Test]
    public void Once_lifted_it_lets_in_all_that_wait_and_all_that_come()
    {
        var limit = new SavingLimit();
        Waiter[] waiting = [new(), new(), new()];
        limit.TryAcquire(new Waiter(), most: 1).ShouldBeTrue();
        waiting.ShouldAllBe(waiter => !limit.TryAcquire(waiter, 1));
        PostLockActions after = default;

        limit.Lift(ref after);
        after.Perform();

        waiting.ShouldAllBe(waiter => waiter.TakeAnswer());
        Enumerable.Range(0, 3).ShouldAllBe(_ => limit.TryAcquire(new Waiter(), 1));
    }
}
