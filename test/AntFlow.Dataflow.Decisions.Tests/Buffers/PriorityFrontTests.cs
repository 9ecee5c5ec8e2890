using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Buffers;

public sealed class PriorityFrontTests
{
    [Test]
    public void An_empty_queue_gives_nothing()
    {
        var front = new PriorityFront<string>();
        front.TryPeek(out _).ShouldBeFalse();
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
