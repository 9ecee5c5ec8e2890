using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

public sealed class RoomLineTests
{
    [Test]
    public void Room_that_is_promised_is_kept_until_the_promise_ends()
    {
        var line = new RoomLine(2);

        (line.TryPromise(waiting: 1), line.TryPromise(waiting: 1)).ShouldBe((true, false));
        (line.HasRoom(0), line.HasRoom(1)).ShouldBe((true, false));
        line.TryPromise(waiting: 0).ShouldBeTrue();
        line.HasRoom(0).ShouldBeFalse();
        line.EndPromise();
        (line.HasRoom(0), line.HasRoom(1)).ShouldBe((true, false));
        line.EndPromise();
        line.HasRoom(1).ShouldBeTrue();
    }

    [Test]
    public void A_line_without_bound_always_has_room_and_nothing_waits_in_it()
    {
        var line = new RoomLine(StageOptions.Unbounded);
        Aftermath after = default;

        line.HasRoom(int.MaxValue).ShouldBeTrue();
        line.LineUp(new WaitSlip(), new Item(), int.MaxValue, most: 0).ShouldBeFalse();
        line.HasWaiters.ShouldBeFalse();
        line.ReleaseIfLow(0, ref after).ShouldBeFalse();
    }

    [Test]
    public void A_line_without_any_room_lets_through_when_nothing_waits()
    {
        var line = new RoomLine(0);
        WaitSlip slip = new();
        Aftermath after = default;

        line.HasRoom(0).ShouldBeFalse();
        line.LineUp(slip, item: null, waiting: 0).ShouldBeFalse();
        line.LineUp(slip, item: null, waiting: 1).ShouldBeTrue();
        line.ReleaseIfLow(waiting: 1, ref after).ShouldBeFalse();
        line.ReleaseIfLow(waiting: 0, ref after).ShouldBeTrue();
        after.Perform();
        slip.TakeAnswer().ShouldBeTrue();
    }

    [Test]
    public void A_slip_is_marked_while_it_waits_and_keeps_nothing_afterwards()
    {
        var line = new RoomLine(1);
        WaitSlip slip = new();
        Item item = new();
        line.LineUp(slip, item, waiting: 2).ShouldBeTrue();

        (line.HasWaiters, slip.IsForRoom, slip.Item, slip.Position, item.RoomWaiter).ShouldBe((true, true, item, 0, slip));
        line.Remove(slip).ShouldBeTrue();
        (line.HasWaiters, slip.IsForRoom, slip.Item, slip.Position, item.RoomWaiter).ShouldBe((false, false, null, -1, null));
    }

    [Test]
    public void Only_a_slip_that_is_in_the_line_is_taken_off_it()
    {
        RoomLine line = new(1), other = new(1);
        WaitSlip here = new(), first = new(), second = new();
        line.LineUp(here, item: null, waiting: 2);
        other.LineUp(first, item: null, waiting: 2);
        other.LineUp(second, item: null, waiting: 2);

        line.Remove(new WaitSlip()).ShouldBeFalse("it waits nowhere");
        line.Remove(first).ShouldBeFalse("the place is that of another one");
        line.Remove(second).ShouldBeFalse("there is no such place");
        (line.Workers, other.Workers).ShouldBe((1, 2));
        line.Remove(here).ShouldBeTrue();
        (line.Workers, line.HasWaiters).ShouldBe((0, false));
    }

    [Test]
    public void The_last_of_the_line_takes_the_place_of_one_that_leaves()
    {
        var line = new RoomLine(1);
        WaitSlip[] slips = [new(), new(), new()];
        foreach (WaitSlip slip in slips)
            line.LineUp(slip, item: null, waiting: 2);

        line.Remove(slips[0]).ShouldBeTrue();

        slips.Select(slip => slip.Position).ShouldBe([-1, 1, 0]);
        (line.Remove(slips[2]), line.Remove(slips[1])).ShouldBe((true, true));
    }

    [Test]
    public void Feeders_that_leave_are_no_workers_less()
    {
        var line = new RoomLine(1);
        WaitSlip worker = new(), feeder = new() { IsFeeder = true };
        line.LineUp(worker, item: null, waiting: 2);
        line.LineUp(feeder, item: null, waiting: 2);
        line.Workers.ShouldBe(1);
        Aftermath after = default;

        line.ReleaseFeeders(answer: false, ref after);
        after.Perform();

        feeder.TakeAnswer().ShouldBeFalse();
        (worker.IsAnswered(), line.Workers).ShouldBe((false, 1));
    }

    [Test]
    public void An_item_that_nothing_waits_for_frees_nothing()
    {
        var line = new RoomLine(1);
        WaitSlip waiting = new();
        line.LineUp(waiting, new Item(), waiting: 2);
        Aftermath after = default;

        line.ReleaseFor(new Item(), ref after);
        after.Perform();

        waiting.IsAnswered().ShouldBeFalse();
    }
}
