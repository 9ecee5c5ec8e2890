using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class HeldRoomTests
{
    private readonly HeldRoom _room = new();

    [Test]
    public void An_empty_room_has_nothing_to_give()
    {
        List<Item> ended = [];

        _room.Drain(Closing.Canceled, ended);
        ended.ShouldBeEmpty();
        _room.TryTake(new ItemRecord(), out _).ShouldBeFalse();
        (_room.Count, _room.LeastWidth, _room.FewestCrashes, _room.MostCrashes).ShouldBe((0, 0, 0, 0));
    }

    [Test]
    public void It_tells_the_smallest_width_and_the_fewest_and_the_most_crashes_of_those_that_are_in_it()
    {
        Item first = Held(width: 4, crashes: 2), second = Held(width: 2, crashes: 3), third = Held(width: 8, crashes: 1);
        (_room.Count, _room.LeastWidth, _room.FewestCrashes, _room.MostCrashes).ShouldBe((3, 2, 1, 3));

        _room.TryTake(second.Record!, out Item taken).ShouldBeTrue();

        taken.ShouldBeSameAs(second);
        _room.TryTake(second.Record!, out _).ShouldBeFalse();
        (_room.Count, _room.LeastWidth, _room.FewestCrashes, _room.MostCrashes).ShouldBe((2, 4, 1, 2));
        _room.TryTake(third.Record!, out _).ShouldBeTrue();
        _room.TryTake(first.Record!, out _).ShouldBeTrue();
        (_room.Count, _room.LeastWidth, _room.FewestCrashes, _room.MostCrashes).ShouldBe((0, 0, 0, 0));
    }

    [Test]
    public void What_may_not_go_on_comes_out_in_the_order_of_priority_and_ticket()
    {
        Item late = Held(priority: 1, ticket: 0), second = Held(priority: 0, ticket: 2), first = Held(priority: 0, ticket: 1), started = Held(priority: -1, ticket: 3);
        started.HasStarted = true;
        List<Item> ended = [];

        _room.Drain(Closing.AfterItem, ended);
        ended.ShouldBe([first, second, late]);
        _room.Count.ShouldBe(1);
        _room.TryTake(started.Record!, out _).ShouldBeTrue();
    }

    private Item Held(int width = 1, int crashes = 1, int priority = 0, long ticket = 0)
    {
        var item = new Item { Priority = priority, Visit = { Ticket = ticket }, Record = new ItemRecord { Width = width, Crashes = crashes } };
        _room.Add(item);
        return item;
    }
}
