using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Retries;

internal sealed class DelayQueueModelTests
{
    [Test]
    public void Items_leave_the_waiting_room_when_they_are_due_and_in_that_order() => DecisionPlans.Play(dice =>
    {
        var delayed = new DelayQueue();
        List<(long Due, Item Item)> model = [];
        long now = 0;
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 30); i > 0; i--)
        {
            switch (dice.Below(4))
            {
                case 0 or 1:
                    var added = new Item { Visit = { Ticket = i, Standing = dice.OneIn(3) ? VisitState.Throttled : VisitState.Retrying } };
                    long due = now + dice.Below(10);
                    delayed.Add(added, due);
                    model.Add((due, added));
                    break;
                case 2:
                    now += dice.Below(5);
                    bool isTaken = delayed.TryTakeDue(now, out Item taken);
                    isTaken.ShouldBe(model.Any(waiting => waiting.Due <= now));
                    if (isTaken)
                        Remove(model, taken);
                    told.Append(taken?.Visit.Ticket).Append(' ');
                    break;
                default:
                    if (dice.OneIn(4) && delayed.TryTakeAny(out Item any))
                        Remove(model, any);
                    break;
            }

            delayed.Count.ShouldBe(model.Count);
            delayed.ThrottledCount.ShouldBe(model.Count(waiting => waiting.Item.Visit.IsThrottled));
            delayed.GetFirst(5).ShouldBe(model.OrderBy(waiting => waiting.Due).Take(5).Select(waiting => (waiting.Item, waiting.Due)));
            delayed.NextDueAt.ShouldBe(model.Count == 0 ? null : model.Min(waiting => waiting.Due));
        }

        return told.ToString();
    });

    /// <summary>The first of those that are due first.</summary>
    private static void Remove(List<(long Due, Item Item)> model, Item taken)
    {
        (long Due, Item Item) expected = model.MinBy(waiting => waiting.Due);
        taken.ShouldBeSameAs(expected.Item);
        model.Remove(expected);
    }
}
