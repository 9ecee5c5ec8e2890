using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Retries;

public sealed class WaitingRoomTests
{
    [Test]
    public void To_look_at_the_first_few_of_a_million_that_wait_takes_no_copy_of_them()
    {
        var room = new WaitingRoom();
        var item = new Item();
        for (int i = 0; i < 1_000_000; i++)
            room.Add(item, 1_000_000 - i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        (Item Item, long DueAt)[] first = room.GetFirst(5);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2000);
        first.Select(waiting => waiting.DueAt).ShouldBe([1, 2, 3, 4, 5]);
    }
}
