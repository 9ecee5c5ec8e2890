using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

public sealed class DeferredItemsTests
{
    private readonly DeferredItems _deferred = new();

    [Test]
    public void An_empty_line_has_nothing_to_give()
    {
        _deferred.TryPeek(freshToo: true, out _, out _).ShouldBeFalse();
        _deferred.Remove(new Item()).ShouldBeFalse();
        _deferred.Items.ShouldBeEmpty();
        (_deferred.Count, _deferred.FreshCount).ShouldBe((0, 0));
    }

    [TestCase(0, 1, 0, 2, true)]
    [TestCase(0, 2, 0, 1, false)]
    [TestCase(1, 1, 0, 2, false)]
    [TestCase(-1, 2, 0, 1, true)]
    public void The_most_urgent_comes_first_whether_it_holds_a_place_or_not(int priority, long ticket, int otherPriority, long otherTicket, bool isFirst)
    {
        Item placed = Held(priority, ticket, holdsPlace: true), fresh = Held(otherPriority, otherTicket, holdsPlace: false);

        _deferred.TryPeek(freshToo: true, out Item first, out (int Priority, long Ticket) order).ShouldBeTrue();
        first.ShouldBeSameAs(isFirst ? placed : fresh);
        order.ShouldBe((first.Priority, first.Visit.Ticket));
    }

    [Test]
    public void While_no_place_is_free_only_those_count_that_hold_one()
    {
        Item fresh = Held(priority: 0, ticket: 1, holdsPlace: false);
        _deferred.TryPeek(freshToo: false, out _, out _).ShouldBeFalse();
        Item placed = Held(priority: 5, ticket: 2, holdsPlace: true);

        _deferred.TryPeek(freshToo: false, out Item first, out (int Priority, long Ticket) order).ShouldBeTrue();
        (first, order).ShouldBe((placed, (5, 2L)));
        (_deferred.Count, _deferred.FreshCount).ShouldBe((2, 1));
        _deferred.Items.ShouldBe([fresh, placed], ignoreOrder: true);
    }

    [Test]
    public void Any_item_can_be_taken_out_once()
    {
        Item[] items = [Held(0, 1, holdsPlace: false), Held(0, 2, holdsPlace: false), Held(0, 3, holdsPlace: true)];

        _deferred.Remove(items[1]).ShouldBeTrue();
        _deferred.Remove(items[1]).ShouldBeFalse();
        _deferred.Remove(items[2]).ShouldBeTrue();
        (_deferred.Count, _deferred.FreshCount).ShouldBe((1, 1));
        _deferred.Items.ShouldBe([items[0]]);
    }

    private Item Held(int priority, long ticket, bool holdsPlace)
    {
        var item = new Item { Priority = priority, Visit = { Ticket = ticket, HoldsPlace = holdsPlace } };
        _deferred.Add(item);
        return item;
    }
}
