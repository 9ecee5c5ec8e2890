using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class ClosingModelTests
{
    [Test]
    public void What_may_go_on_follows_from_how_far_the_run_is_on_its_way_and_how_far_the_item_is([Values] bool hasStarted, [Values] bool hasStartedInStage, [Values] VisitState state)
    {
        // An item that has started in a stage has started.
        var item = new Item { HasStarted = hasStarted || hasStartedInStage, Visit = { HasStarted = hasStartedInStage, Standing = state } };
        bool awaitsRetry = state is VisitState.Resuming or VisitState.Retrying or VisitState.Throttled;

        Closing.No.MayGoOn(item).ShouldBeTrue();
        Closing.AfterItem.MayGoOn(item).ShouldBe(!awaitsRetry && (hasStarted || hasStartedInStage));
        Closing.AfterStage.MayGoOn(item).ShouldBe(!awaitsRetry && hasStartedInStage && state != VisitState.Polling);
        Closing.Canceled.MayGoOn(item).ShouldBeFalse();
    }

    [Test]
    public void What_may_not_go_on_is_drained_and_the_rest_stays_in_its_order() => DecisionPlans.Play(dice =>
    {
        var queue = new BucketPriorityQueue<Item>();
        var delayed = new DelayQueue();
        var polling = new DelayQueue();
        Closing closing = dice.Pick(Closing.AfterItem, Closing.AfterStage, Closing.Canceled);
        List<Item> queued = [];
        List<Item> waiting = [];
        List<Item> held = [];
        List<Item> polled = [];
        var suspects = new DeferredItems();
        var limited = new DeferredItems();
        for (int i = 0, count = dice.Below(30); i < count; i++)
        {
            (Item item, bool isReturning) = Draw(dice, i);
            List<Item> place = isReturning && dice.OneIn(3) ? waiting : isReturning && dice.OneIn(3) ? polled : dice.OneIn(4) || (!item.Visit.IsSaved && dice.OneIn(4)) ? held : queued;
            place.Add(item);
            if (place == waiting)
                delayed.Add(item, i);
            else if (place == polled)
                Poll(polling, item, i);
            else if (place == queued)
                Enqueue(ref queue, item, isReturning || item.Visit.IsSaved);
            else if (item.Visit.IsSaved || dice.OneIn(2))
                Suspect(suspects, item);
            else
                limited.Add(item);
        }

        List<Item>[] lines = [[.. suspects.Items], [.. limited.Items]];
        List<Item> ended = [];
        int places = StageDrain.Drain(ref queue, delayed, polling, [suspects, limited], closing, ended);

        List<Item> expected = [.. queued.Concat(held).Where(item => !closing.MayGoOn(item)), .. waiting, .. closing == Closing.AfterItem ? [] : polled];
        ended.ShouldBe(expected, ignoreOrder: true);
        lines.ShouldAllBe(line => ended.Where(line.Contains).SequenceEqual(line.Where(item => !closing.MayGoOn(item)).OrderBy(ItemOrder.Of)));
        (places, delayed.Count, polling.Count).ShouldBe((expected.Count(item => item.Visit.HoldsPlace), 0, closing == Closing.AfterItem ? polled.Count : 0));
        suspects.Items.Concat(limited.Items).ShouldBe(held.Where(item => closing.MayGoOn(item)), ignoreOrder: true);
        held.Where(item => item.Record is not null).ShouldAllBe(item => closing.MayGoOn(item) == (item.Record!.Quarantined == item));
        queue.ReturningCount.ShouldBe(queued.Count(item => closing.MayGoOn(item) && (item.Visit.HoldsPlace || item.Visit.IsSaved)));
        List<Item> left = [];
        while (queue.TryDequeue(out Item item))
            left.Add(item);
        left.ShouldBe(queued.Where(item => closing.MayGoOn(item)).OrderBy(item => item.Priority).ThenBy(item => item.Visit.Ticket));
        return string.Join(' ', left.Select(item => item.Visit.Ticket));
    });

    private static void Poll(DelayQueue polling, Item item, int dueAt)
    {
        item.Visit.Standing = VisitState.Polling;
        polling.Add(item, dueAt);
    }

    // A suspect holds no place.
    private static void Suspect(DeferredItems suspects, Item item)
    {
        item.Visit.HoldsPlace = false;
        item.Record = new ItemRecord { MaxConcurrentSuspects = 1 };
        suspects.Add(item);
        item.Record.Quarantined = item;
    }

    private static void Enqueue(ref BucketPriorityQueue<Item> queue, Item item, bool isReturning)
    {
        if (isReturning)
            queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
        else
            queue.Enqueue(item, item.Priority, item.Visit.Ticket);
    }

    private static (Item Item, bool IsReturning) Draw(Dice dice, int ticket)
    {
        bool isReturning = dice.OneIn(3);
        var item = new Item
        {
            Priority = dice.Below(3),
            HasStarted = isReturning || dice.OneIn(2),
            Visit =
            {
                Ticket = ticket,
                HoldsPlace = isReturning,
                HasStarted = isReturning && dice.OneIn(2),
                // One that comes from the store has an old ticket, and no place.
                Standing = isReturning ? dice.Pick(VisitState.Retrying, VisitState.Polling, VisitState.Started) : dice.OneIn(4) ? VisitState.Saved : VisitState.Fresh,
            },
        };
        return (item, isReturning);
    }
}
