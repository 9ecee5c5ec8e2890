using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class SavingLimitModelTests
{
    [Test]
    public void No_more_than_the_most_are_in_and_what_waits_comes_in_at_its_turn_once_half_have_left() => DecisionPlans.Play(dice =>
    {
        int most = dice.Pick(1, 2, 3, 10);
        var limit = new SavingLimit();
        int saving = 0;
        Queue<Waiter> waiting = [];
        Stack<Waiter> free = new(Enumerable.Range(0, 8).Select(_ => new Waiter()));
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 60); i > 0; i--)
        {
            if (free.Count > 0 && dice.OneIn(2))
            {
                Waiter waiter = free.Peek();
                bool mayEnter = waiting.Count == 0 && saving < most;
                limit.TryAcquire(waiter, most).ShouldBe(mayEnter);
                if (mayEnter)
                    saving++;
                else
                    waiting.Enqueue(free.Pop());
            }
            else if (saving > 0)
            {
                PostLockActions after = default;
                limit.Leave(most, ref after);
                saving--;
                after.Perform();
                for (bool letsIn = saving <= most / 2; letsIn && saving < most && waiting.TryDequeue(out Waiter? waiter); saving++)
                {
                    waiter.TakeAnswer().ShouldBeTrue();
                    free.Push(waiter);
                }
            }

            saving.ShouldBeLessThanOrEqualTo(most);
            waiting.Any(waiter => waiter.IsAnswered()).ShouldBeFalse();
            if (waiting.Count > 0)
                saving.ShouldBeGreaterThan(most / 2, "one is on its way that will let them in");
            told.Append(saving).Append(' ').Append(waiting.Count).Append(", ");
        }

        return told.ToString();
    });
}
