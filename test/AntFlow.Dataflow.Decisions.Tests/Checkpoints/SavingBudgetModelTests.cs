using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

internal sealed class SavingBudgetModelTests
{
    [Test]
    public void Never_above_the_bound_but_for_one_alone_and_first_come_first_served_and_nothing_waits_for_nothing() => DecisionPlans.Play(dice =>
    {
        int most = dice.Pick(1, 5, 10, 100);
        var budget = new SavingBudget(most);
        List<int> saving = [];
        List<(Waiter Slip, int Bytes)> waiting = [];
        Stack<Waiter> free = new(Enumerable.Range(0, 8).Select(_ => new Waiter()));
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 60); i > 0; i--)
        {
            PostLockActions after = default;
            if (free.Count > 0 && dice.OneIn(2))
            {
                // As large as the bound, or larger, now and then.
                int bytes = dice.OneIn(6) ? dice.Between(most, most * 3) : dice.Between(0, Math.Max(1, most / 2));
                bool mayEnter = waiting.Count == 0 && Fits(bytes);
                budget.TryTake(free.Peek(), bytes).ShouldBe(mayEnter);
                if (mayEnter)
                    saving.Add(bytes);
                else
                    waiting.Add((free.Pop(), bytes));
            }
            else if (waiting.Count > 0 && dice.OneIn(5))
            {
                (Waiter Slip, int Bytes) left = waiting[dice.Between(0, waiting.Count - 1)];
                waiting.Remove(left);
                budget.TryRemove(left.Slip, ref after).ShouldBeTrue();
                free.Push(Refuse(left.Slip));
            }
            else if (saving.Count > 0)
            {
                int at = dice.Between(0, saving.Count - 1);
                budget.GiveBack(saving[at], ref after);
                saving.RemoveAt(at);
            }

            after.Perform();
            while (waiting.Count > 0 && Fits(waiting[0].Bytes))
            {
                waiting[0].Slip.TakeAnswer().ShouldBeTrue("it is its turn, and it fits");
                saving.Add(waiting[0].Bytes);
                free.Push(waiting[0].Slip);
                waiting.RemoveAt(0);
            }

            waiting.Any(waiter => waiter.Slip.IsAnswered()).ShouldBeFalse("nothing overtakes what waits");
            budget.InUse.ShouldBe(saving.Sum());
            if (saving.Sum() > most)
                saving.Count(bytes => bytes > 0).ShouldBe(1, "above the bound it is alone");
            if (waiting.Count > 0)
                saving.Sum().ShouldBeGreaterThan(0, "something is on its way that will let the first one in");
            told.Append(saving.Sum()).Append(' ').Append(waiting.Count).Append(", ");
        }

        return told.ToString();

        bool Fits(int bytes) => saving.Sum() == 0 || saving.Sum() + bytes <= most;
    });

    private static Waiter Refuse(Waiter waiter)
    {
        waiter.Result = false;
        waiter.Complete();
        waiter.TakeAnswer().ShouldBeFalse();
        return waiter;
    }

    [Test]
    public void Once_lifted_it_lets_all_in()
    {
        var budget = new SavingBudget(most: 10);
        Waiter large = new(), small = new();
        budget.TryTake(new Waiter(), 8).ShouldBeTrue();
        budget.TryTake(large, 50).ShouldBeFalse();
        budget.TryTake(small, 1).ShouldBeFalse("the large one was first");
        PostLockActions after = default;

        budget.Lift(ref after);
        after.Perform();

        large.TakeAnswer().ShouldBeTrue();
        small.TakeAnswer().ShouldBeTrue();
        budget.TryTake(new Waiter(), 50).ShouldBeTrue();
        budget.GiveBack(8 + 50 + 1 + 50, ref after);
        budget.InUse.ShouldBe(0);
    }

    [Test]
    public void One_that_has_its_room_cannot_be_taken_off_the_line()
    {
        var budget = new SavingBudget(most: 10);
        Waiter waiter = new();
        budget.TryTake(waiter, 8).ShouldBeTrue();
        PostLockActions after = default;

        budget.TryRemove(waiter, ref after).ShouldBeFalse();
    }
}
