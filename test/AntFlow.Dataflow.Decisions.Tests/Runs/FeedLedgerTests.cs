using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Runs;

public sealed class FeedLedgerTests
{
    [Test]
    public void A_feed_call_or_a_promise_allocates_nothing_in_the_ledger()
    {
        var ledger = new FeedLedger(() => { });
        Feed(ledger);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Feed(ledger);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Test]
    public void A_closed_ledger_is_sealed_by_the_last_one_that_could_bring_an_item()
    {
        int seals = 0;
        var ledger = new FeedLedger(() => seals++);
        ledger.TryBegin().ShouldBeTrue();
        ledger.TryPromise().ShouldBeTrue();

        ledger.Close();
        (ledger.IsClosed, ledger.IsFeeding, ledger.IsSealed, seals).ShouldBe((true, true, false, 0));
        (ledger.TryBegin(), ledger.TryPromise()).ShouldBe((false, false));
        ledger.EndPromise();
        (ledger.IsSealed, seals).ShouldBe((false, 0));
        ledger.End();
        (ledger.IsFeeding, ledger.IsSealed, seals).ShouldBe((false, true, 1));
    }

    [Test]
    public void A_ledger_that_refuses_all_is_sealed_while_a_call_feeds()
    {
        int seals = 0;
        var ledger = new FeedLedger(() => seals++);
        ledger.TryBegin().ShouldBeTrue();
        ledger.Close();
        ledger.RefuseAll();

        (ledger.IsFeeding, ledger.IsSealed, seals).ShouldBe((true, true, 1));
    }

    private static void Feed(FeedLedger ledger)
    {
        ledger.TryBegin();
        ledger.End();
        ledger.TryPromise();
        ledger.EndPromise();
    }
}
