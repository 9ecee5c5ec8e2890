using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Buffers;

public sealed class PriorityFrontTests
{
    [Test]
    public void An_empty_queue_gives_nothing()
    {
        var front = new PriorityFront<string>();
        front.TryPeek(out _, out _).ShouldBeFalse();
        front.TryPeekReturning(out _, out _).ShouldBeFalse();
        front.TryDequeue(out _).ShouldBeFalse();
        front.TryDequeueReturning(out _).ShouldBeFalse();
        front.Count.ShouldBe(0);
    }

    [Test]
    public void A_returning_item_stands_where_its_ticket_says()
    {
        var front = new PriorityFront<int>();
        for (int ticket = 0; ticket < 4; ticket++)
            front.Enqueue(ticket, 5, ticket);
        front.TryDequeue(out _);
        front.TryDequeue(out _);
        front.EnqueueReturning(1, 5, 1);
        Drain(ref front).ShouldBe([1, 2, 3]);
    }

    [Test]
    public void A_priority_that_first_waited_in_the_heap_keeps_its_order_when_it_gets_a_ring()
    {
        var front = new PriorityFront<int>();
        for (int i = 0; i < 64; i++)
            front.Enqueue(i, i, i);
        front.Enqueue(100, 1000, 100);
        for (int i = 0; i < 64; i++)
            front.TryDequeue(out _);
        front.Enqueue(101, 1000, 101);
        front.Enqueue(102, -1, 102);
        Drain(ref front).ShouldBe([102, 100, 101]);
    }

    [Test]
    public void Every_one_of_a_hundred_thousand_priorities_has_its_place()
    {
        var front = new PriorityFront<int>();
        for (int i = 0; i < 100_000; i++)
            front.Enqueue(i, (int)((i * 7919L) % 100_003), i);
        Drain(ref front).Select(i => (int)((i * 7919L) % 100_003)).ShouldBeInOrder();
    }

    [Test]
    public void A_taken_item_is_not_kept_alive()
    {
        var front = new PriorityFront<object>();
        WeakReference taken = PutAndTake(ref front);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        taken.IsAlive.ShouldBeFalse();
        front.Count.ShouldBe(0);
    }

    [Test]
    public void Items_of_up_to_64_priorities_wait_in_rings()
    {
        var front = new PriorityFront<int>();
        for (int priority = 64; priority > 0; priority--)
            AllocatedByRefilling(ref front, priority).ShouldBeGreaterThan(0, "a ring that runs empty gives its memory back");
    }

    [Test]
    public void Items_of_further_priorities_wait_in_a_heap_until_a_ring_is_free()
    {
        var front = new PriorityFront<int>();
        for (int priority = 1; priority <= 64; priority++)
            front.Enqueue(priority, priority, priority);

        AllocatedByRefilling(ref front, priority: -1).ShouldBe(0, "the heap keeps its memory");
        front.TryDequeue(out _);
        AllocatedByRefilling(ref front, priority: -1).ShouldBeGreaterThan(0);
        Drain(ref front).ShouldBe(Enumerable.Range(2, 63));
    }

    /// <summary>Fills in more items of the most urgent priority than a ring keeps room for, takes them out, and tells what it allocates to put them in again.</summary>
    private static long AllocatedByRefilling(ref PriorityFront<int> front, int priority)
    {
        const int count = 1025;
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
                front.Enqueue(i, priority, 1000 + i);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            for (int i = 0; i < count; i++)
                front.TryDequeue(out _);
        }

        return allocated;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference PutAndTake(ref PriorityFront<object> front)
    {
        front.Enqueue(new object(), 1, 1);
        front.TryDequeue(out object item).ShouldBeTrue();
        return new WeakReference(item);
    }

    private static List<int> Drain(ref PriorityFront<int> front)
    {
        var items = new List<int>();
        while (front.TryDequeue(out int item))
            items.Add(item);
        return items;
    }
}
