using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Items;

/// <summary>Items are added, taken from the front and out of the middle, at random; a list that is sorted every time is the model.</summary>
internal sealed class ItemHeapModelTests
{
    [Test]
    public void The_least_is_first_and_any_can_be_taken_out() => DecisionPlans.Play(dice =>
    {
        var heap = new ItemHeap<long>(keepsPositions: true);
        var other = new ItemHeap<long>(keepsPositions: true);
        SortedDictionary<long, Item> model = [];
        List<Item> gone = [];
        var told = new System.Text.StringBuilder();
        int growth = dice.Between(2, 5);
        for (int i = dice.Between(1, 80); i > 0; i--)
        {
            if (dice.Below(5) < growth)
            {
                long order = (dice.Below(1000) * 1000L) + i;
                Item item = gone.Count > 0 && dice.OneIn(2) ? gone[^1] : new Item();
                gone.Remove(item);
                heap.Add(item, order);
                model.Add(order, item);
            }
            else if (dice.OneIn(2))
            {
                heap.TryTake(out Item taken).ShouldBe(model.Count > 0);
                if (model.Count > 0)
                {
                    taken.ShouldBeSameAs(model.First().Value);
                    told.Append(model.First().Key).Append(' ');
                    model.Remove(model.First().Key);
                    gone.Add(taken);
                }
            }
            else if (model.Count > 0)
            {
                (long order, Item item) = model.ElementAt(dice.Below(model.Count));
                other.Remove(item).ShouldBeFalse();
                heap.Remove(item).ShouldBeTrue();
                heap.Remove(item).ShouldBeFalse();
                model.Remove(order);
                gone.Add(item);
            }

            heap.Count.ShouldBe(model.Count);
            heap.Items.ShouldBe(model.Values, ignoreOrder: true);
            heap.GetFirst(4).ShouldBe(model.Take(4).Select(pair => (pair.Value, pair.Key)));
            heap.TryPeek(out Item first, out long least).ShouldBe(model.Count > 0);
            (first, least).ShouldBe(model.Count == 0 ? (null!, 0) : (model.First().Value, model.First().Key));
            foreach (Item item in gone)
                heap.Remove(item).ShouldBeFalse();
        }

        return told.ToString();
    });

    [Test]
    public void An_item_of_another_heap_is_not_taken_out()
    {
        var heap = new ItemHeap<long>(keepsPositions: true);
        var other = new ItemHeap<long>(keepsPositions: true);
        Item mine = new(), theirs = new();
        heap.Add(mine, 1);
        other.Add(theirs, 1);

        heap.Remove(theirs).ShouldBeFalse();
        (heap.Count, other.Count).ShouldBe((1, 1));
        other.Remove(theirs).ShouldBeTrue();
    }
}
