using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Buffers;

public sealed class BucketPriorityQueueTests
{
    [Test]
    public void An_empty_queue_gives_nothing()
    {
        var queue = new BucketPriorityQueue<string>();
        queue.TryPeek(out _, out _).ShouldBeFalse();
        queue.TryPeekReturning(out _, out _).ShouldBeFalse();
        queue.TryDequeue(out _).ShouldBeFalse();
        queue.TryDequeueReturning(out _).ShouldBeFalse();
        queue.Count.ShouldBe(0);
    }

    [Test]
    public void A_returning_item_stands_where_its_ticket_says()
    {
        var queue = new BucketPriorityQueue<int>();
        for (int ticket = 0; ticket < 4; ticket++)
            queue.Enqueue(ticket, 5, ticket);
        queue.TryDequeue(out _);
        queue.TryDequeue(out _);
        queue.EnqueueReturning(1, 5, 1);
        Drain(ref queue).ShouldBe([1, 2, 3]);
    }

    [Test]
    public void A_priority_that_first_waited_in_the_heap_keeps_its_order_when_it_gets_a_ring()
    {
        var queue = new BucketPriorityQueue<int>();
        for (int i = 0; i < 64; i++)
            queue.Enqueue(i, i, i);
        queue.Enqueue(100, 1000, 100);
        for (int i = 0; i < 64; i++)
            queue.TryDequeue(out _);
        queue.Enqueue(101, 1000, 101);
        queue.Enqueue(102, -1, 102);
        Drain(ref queue).ShouldBe([102, 100, 101]);
    }

    [Test]
    public void Every_one_of_a_hundred_thousand_priorities_has_its_place()
    {
        var queue = new BucketPriorityQueue<int>();
        for (int i = 0; i < 100_000; i++)
            queue.Enqueue(i, (int)((i * 7919L) % 100_003), i);
        Drain(ref queue).Select(i => (int)((i * 7919L) % 100_003)).ShouldBeInOrder();
    }

    [Test]
    public void A_taken_item_is_not_kept_alive()
    {
        var queue = new BucketPriorityQueue<object>();
        WeakReference taken = PutAndTake(ref queue);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        taken.IsAlive.ShouldBeFalse();
        queue.Count.ShouldBe(0);
    }

    [Test]
    public void Items_of_up_to_64_priorities_wait_in_rings()
    {
        var queue = new BucketPriorityQueue<int>();
        for (int priority = 64; priority > 0; priority--)
            AllocatedByRefilling(ref queue, priority).ShouldBeGreaterThan(0, "a ring that runs empty gives its memory back");
    }

    [Test]
    public void Items_of_further_priorities_wait_in_a_heap_until_a_ring_is_free()
    {
        var queue = new BucketPriorityQueue<int>();
        for (int priority = 1; priority <= 64; priority++)
            queue.Enqueue(priority, priority, priority);

        AllocatedByRefilling(ref queue, priority: -1).ShouldBe(0, "the heap keeps its memory");
        queue.TryDequeue(out _);
        AllocatedByRefilling(ref queue, priority: -1).ShouldBeGreaterThan(0);
        Drain(ref queue).ShouldBe(Enumerable.Range(2, 63));
    }

    /// <summary>Fills in more items of the most urgent priority than a ring keeps room for, takes them out, and tells what it allocates to put them in again.</summary>
    private static long AllocatedByRefilling(ref BucketPriorityQueue<int> queue, int priority)
    {
        const int count = 1025;
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
                queue.Enqueue(i, priority, 1000 + i);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            for (int i = 0; i < count; i++)
                queue.TryDequeue(out _);
        }

        return allocated;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference PutAndTake(ref BucketPriorityQueue<object> queue)
    {
        queue.Enqueue(new object(), 1, 1);
        queue.TryDequeue(out object item).ShouldBeTrue();
        return new WeakReference(item);
    }

    private static List<int> Drain(ref BucketPriorityQueue<int> queue)
    {
        var items = new List<int>();
        while (queue.TryDequeue(out int item))
            items.Add(item);
        return items;
    }
}
