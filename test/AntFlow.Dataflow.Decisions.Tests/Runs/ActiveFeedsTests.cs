using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Runs;

public sealed class ActiveFeedsTests
{
    [Test]
    public void A_feed_call_or_a_promise_allocates_nothing_in_the_ledger()
    {
        var feeds = new ActiveFeeds(() => { });
        Feed(feeds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Feed(feeds);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Test]
    public void A_closed_ledger_is_sealed_by_the_last_one_that_could_bring_an_item()
    {
        int seals = 0;
        var feeds = new ActiveFeeds(() => seals++);
        feeds.TryBegin().ShouldBeTrue();
        feeds.TryPromise().ShouldBeTrue();

        feeds.Close();
        (feeds.IsClosed, feeds.IsFeeding, feeds.IsSealed, seals).ShouldBe((true, true, false, 0));
        (feeds.TryBegin(), feeds.TryPromise()).ShouldBe((false, false));
        feeds.EndPromise();
        (feeds.IsSealed, seals).ShouldBe((false, 0));
        feeds.End();
        (feeds.IsFeeding, feeds.IsSealed, seals).ShouldBe((false, true, 1));
    }

    [Test]
    public void A_ledger_that_refuses_all_is_sealed_while_a_call_feeds()
    {
        int seals = 0;
        var feeds = new ActiveFeeds(() => seals++);
        feeds.TryBegin().ShouldBeTrue();
        feeds.Close();
        feeds.RefuseAll();

        (feeds.IsFeeding, feeds.IsSealed, seals).ShouldBe((true, true, 1));
    }

    private static void Feed(ActiveFeeds feeds)
    {
        feeds.TryBegin();
        feeds.End();
        feeds.TryPromise();
        feeds.EndPromise();
    }
}
