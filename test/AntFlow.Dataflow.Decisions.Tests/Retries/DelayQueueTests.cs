using System.Runtime.CompilerServices;
using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Retries;

public sealed class DelayQueueTests
{
    [Test]
    public void An_empty_room_has_nothing_to_give()
    {
        var delayed = new DelayQueue();

        (delayed.TryTakeDue(long.MaxValue, out _), delayed.TryTakeAny(out _)).ShouldBe((false, false));
        (delayed.Count, delayed.ThrottledCount, delayed.NextDueAt).ShouldBe((0, 0, null));
        delayed.GetFirst(5).ShouldBeEmpty();
    }

    [Test]
    public void An_item_is_due_from_its_time_on()
    {
        var delayed = new DelayQueue();
        var item = new Item();
        delayed.Add(item, dueAt: 7);

        delayed.TryTakeDue(6, out Item early).ShouldBeFalse();
        early.ShouldBeNull();
        delayed.TryTakeDue(7, out Item due).ShouldBeTrue();
        due.ShouldBeSameAs(item);
    }

    [TestCase(1)]
    [TestCase(6)]
    public void An_item_that_was_taken_is_not_kept_alive(int others)
    {
        var delayed = new DelayQueue();
        WeakReference taken = Memory.Make(() =>
        {
            delayed.Add(new Item(), dueAt: 0);
            return delayed.TryTakeAny(out Item only) ? only : throw new InvalidOperationException();
        });
        for (int i = 0; i < others; i++)
            delayed.Add(new Item(), dueAt: i);
        WeakReference last = Memory.Make(() =>
        {
            var item = new Item();
            delayed.Add(item, dueAt: 99);
            return item;
        });
        Empty(delayed);

        (Memory.IsKept(taken), Memory.IsKept(last)).ShouldBe((false, false));
        delayed.Count.ShouldBe(0);
    }

    [Test]
    public void To_look_at_the_first_few_of_a_million_that_wait_takes_no_copy_of_them()
    {
        var delayed = new DelayQueue();
        var item = new Item();
        for (int i = 0; i < 1_000_000; i++)
            delayed.Add(item, 1_000_000 - i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        (Item Item, long DueAt)[] first = delayed.GetFirst(5);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2000);
        first.Select(waiting => waiting.DueAt).ShouldBe([1, 2, 3, 4, 5]);
    }

    /// <summary>In a frame of its own, which keeps nothing of the last item.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Empty(DelayQueue delayed)
    {
        while (delayed.TryTakeAny(out _))
            continue;
    }
}
