using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class SavingLineModelTests
{
    [Test]
    public void No_more_than_the_most_are_in_and_what_waits_comes_in_at_its_turn_once_half_have_left() => DecisionPlans.Play(dice =>
    {
        int most = dice.Pick(1, 2, 3, 10);
        var line = new SavingLine();
        int saving = 0;
        Queue<WaitSlip> waiting = [];
        Stack<WaitSlip> free = new(Enumerable.Range(0, 8).Select(_ => new WaitSlip()));
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 60); i > 0; i--)
        {
            if (free.Count > 0 && dice.OneIn(2))
            {
                WaitSlip slip = free.Peek();
                bool mayEnter = waiting.Count == 0 && saving < most;
                line.TryEnter(slip, most).ShouldBe(mayEnter);
                if (mayEnter)
                    saving++;
                else
                    waiting.Enqueue(free.Pop());
            }
            else if (saving > 0)
            {
                Aftermath after = default;
                line.Leave(most, ref after);
                saving--;
                after.Perform();
                for (bool letsIn = saving <= most / 2; letsIn && saving < most && waiting.TryDequeue(out WaitSlip? slip); saving++)
                {
                    slip.TakeAnswer().ShouldBeTrue();
                    free.Push(slip);
                }
            }

            saving.ShouldBeLessThanOrEqualTo(most);
            waiting.Any(slip => slip.IsAnswered()).ShouldBeFalse();
            if (waiting.Count > 0)
                saving.ShouldBeGreaterThan(most / 2, "one is on its way that will let them in");
            told.Append(saving).Append(' ').Append(waiting.Count).Append(", ");
        }

        return told.ToString();
    });
}
