using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class SavingLineTests
{
    [Test]
    public void A_slip_waits_anew_each_time_it_is_lined_up()
    {
        var line = new SavingLine();
        WaitSlip slip = new();
        line.TryEnter(new WaitSlip(), most: 1).ShouldBeTrue();
        for (int i = 0; i < 2; i++)
        {
            line.TryEnter(slip, most: 1).ShouldBeFalse();
            Aftermath after = default;
            line.Leave(most: 1, ref after);
            slip.IsAnswered().ShouldBeFalse();
            after.Perform();
            slip.TakeAnswer().ShouldBeTrue();
        }
    }

    [Test]
    public void Once_lifted_it_lets_in_all_that_wait_and_all_that_come()
    {
        var line = new SavingLine();
        WaitSlip[] waiting = [new(), new(), new()];
        line.TryEnter(new WaitSlip(), most: 1).ShouldBeTrue();
        waiting.ShouldAllBe(slip => !line.TryEnter(slip, 1));
        Aftermath after = default;

        line.Lift(ref after);
        after.Perform();

        waiting.ShouldAllBe(slip => slip.TakeAnswer());
        Enumerable.Range(0, 3).ShouldAllBe(_ => line.TryEnter(new WaitSlip(), 1));
    }
}
