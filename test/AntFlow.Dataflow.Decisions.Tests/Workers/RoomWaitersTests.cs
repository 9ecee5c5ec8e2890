using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

public sealed class RoomWaitersTests
{
    [Test]
    public void Room_that_is_promised_is_kept_until_the_promise_ends()
    {
        var room = new RoomWaiters(2);

        (room.TryPromise(waiting: 1), room.TryPromise(waiting: 1)).ShouldBe((true, false));
        (room.HasRoom(0), room.HasRoom(1)).ShouldBe((true, false));
        room.TryPromise(waiting: 0).ShouldBeTrue();
        room.HasRoom(0).ShouldBeFalse();
        room.EndPromise();
        (room.HasRoom(0), room.HasRoom(1)).ShouldBe((true, false));
        room.EndPromise();
        room.HasRoom(1).ShouldBeTrue();
    }

    [Test]
    public void A_line_without_bound_always_has_room_and_nothing_waits_in_it()
    {
        var room = new RoomWaiters(StageOptions.Unbounded);
        PostLockActions after = default;

        room.HasRoom(int.MaxValue).ShouldBeTrue();
        room.LineUp(new Waiter(), new Item(), int.MaxValue, most: 0).ShouldBeFalse();
        room.HasWaiters.ShouldBeFalse();
        room.ReleaseIfLow(0, ref after).ShouldBeFalse();
    }

    [Test]
    public void A_line_without_any_room_lets_through_when_nothing_waits()
    {
        var room = new RoomWaiters(0);
        Waiter waiter = new();
        PostLockActions after = default;

        room.HasRoom(0).ShouldBeFalse();
        room.LineUp(waiter, item: null, waiting: 0).ShouldBeFalse();
        room.LineUp(waiter, item: null, waiting: 1).ShouldBeTrue();
        room.ReleaseIfLow(waiting: 1, ref after).ShouldBeFalse();
        room.ReleaseIfLow(waiting: 0, ref after).ShouldBeTrue();
        after.Perform();
        waiter.TakeAnswer().ShouldBeTrue();
    }

    [Test]
    public void A_slip_is_marked_while_it_waits_and_keeps_nothing_afterwards()
    {
        var room = new RoomWaiters(1);
        Waiter waiter = new();
        Item item = new();
        room.LineUp(waiter, item, waiting: 2).ShouldBeTrue();

        (room.HasWaiters, waiter.IsForRoom, waiter.Item, waiter.Position, item.RoomWaiter).ShouldBe((true, true, item, 0, waiter));
        room.Remove(waiter).ShouldBeTrue();
        (room.HasWaiters, waiter.IsForRoom, waiter.Item, waiter.Position, item.RoomWaiter).ShouldBe((false, false, null, -1, null));
    }

    [Test]
    public void Only_a_slip_that_is_in_the_line_is_taken_off_it()
    {
        RoomWaiters room = new(1), other = new(1);
        Waiter here = new(), first = new(), second = new();
        room.LineUp(here, item: null, waiting: 2);
        other.LineUp(first, item: null, waiting: 2);
        other.LineUp(second, item: null, waiting: 2);

        room.Remove(new Waiter()).ShouldBeFalse("it waits nowhere");
        room.Remove(first).ShouldBeFalse("the place is that of another one");
        room.Remove(second).ShouldBeFalse("there is no such place");
        new[] { here, first, second }.ShouldAllBe(waiter => waiter.IsForRoom);
        room.Remove(here).ShouldBeTrue();
        (here.IsForRoom, room.HasWaiters).ShouldBe((false, false));
    }

    [Test]
    public void The_last_of_the_line_takes_the_place_of_one_that_leaves()
    {
        var room = new RoomWaiters(1);
        Waiter[] waiters = [new(), new(), new()];
        foreach (Waiter waiter in waiters)
            room.LineUp(waiter, item: null, waiting: 2);

        room.Remove(waiters[0]).ShouldBeTrue();

        waiters.Select(waiter => waiter.Position).ShouldBe([-1, 1, 0]);
        (room.Remove(waiters[2]), room.Remove(waiters[1])).ShouldBe((true, true));
    }

    [Test]
    public void Feeders_that_leave_leave_the_workers_waiting()
    {
        var room = new RoomWaiters(1);
        Waiter worker = new(), feeder = new() { IsFeeder = true };
        room.LineUp(worker, item: null, waiting: 2);
        room.LineUp(feeder, item: null, waiting: 2);
        PostLockActions after = default;

        room.ReleaseFeeders(answer: false, ref after);
        after.Perform();

        feeder.TakeAnswer().ShouldBeFalse();
        (worker.IsAnswered(), worker.IsForRoom, feeder.IsForRoom).ShouldBe((false, true, false));
    }

    [Test]
    public void An_item_that_nothing_waits_for_frees_nothing()
    {
        var room = new RoomWaiters(1);
        Waiter waiting = new();
        room.LineUp(waiting, new Item(), waiting: 2);
        PostLockActions after = default;

        room.ReleaseFor(new Item(), ref after);
        after.Perform();

        waiting.IsAnswered().ShouldBeFalse();
    }
}
