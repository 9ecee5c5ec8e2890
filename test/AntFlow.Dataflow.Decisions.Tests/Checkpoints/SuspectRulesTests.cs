using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

public sealed class SuspectRulesTests
{
    [Test]
    public void A_width_is_at_most_half_of_what_ran_and_half_of_what_it_was()
    {
        Suspicion[] ran = [new(9, 0), new(4, 0), .. Enumerable.Repeat(default(Suspicion), 5)];

        SuspectRules.AfterCrash(ran).ShouldBe([new(3, 0), new(2, 0), .. Enumerable.Repeat(new Suspicion(3, 0), 5)]);
    }

    [Test]
    public void Of_several_suspects_none_was_alone()
    {
        SuspectRules.AfterCrash([new Suspicion(1, 2), new Suspicion(1, 1)]).ShouldBe([new Suspicion(1, 2), new Suspicion(1, 1)]);
        SuspectRules.AfterCrash([new Suspicion(1, 2), default]).ShouldBe([new Suspicion(1, 3), new Suspicion(1, 0)]);
    }
}
