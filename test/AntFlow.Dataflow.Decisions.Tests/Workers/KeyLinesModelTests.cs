using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

internal sealed class KeyLinesModelTests
{
    [Test]
    public void A_key_has_one_item_at_a_time_in_the_order_in_which_they_were_taken_and_then_of_their_priority() => DecisionPlans.Play(dice => new Play(dice).Run());

    /// <summary>Items that are taken, asked for their key, wait, have it and leave.</summary>
    private sealed class Play(Dice dice)
    {
        private readonly KeyLines _lines = new();
        private readonly List<Traveler> _all = [];
        private int _tickets;

        public string Run()
        {
            for (int move = dice.Between(1, 100); move > 0; move--)
                Move();
            while (_all.Count > 0)
                Finish();
            (_lines.WaitingCount, _lines.KeyCount, _lines.RequestCount).ShouldBe((0, 0, 0));
            return $"{_tickets}";
        }

        private void Move()
        {
            switch (dice.Below(6))
            {
                case 0 or 1:
                    Take();
                    break;
                case 2 or 3 when In(State.Asked) is { Length: > 0 } asked:
                    Answer(dice.Pick(asked));
                    break;
                case 4 when In(State.Holding) is { Length: > 0 } holding:
                    Leave(dice.Pick(holding));
                    break;
                case 5 when dice.OneIn(4):
                    Drain(dice.Pick(Closing.AfterItem, Closing.AfterStage, Closing.Canceled));
                    break;
                default:
                    break;
            }

            Check();
        }

        private void Finish()
        {
            if (In(State.Asked) is [var asked, ..])
                Answer(asked);
            else
                Leave(In(State.Holding)[0]);
            Check();
        }

        private void Take()
        {
            var traveler = new Traveler(new Item { Priority = dice.Below(3), HasStarted = dice.OneIn(2), Visit = { Ticket = _tickets++ } }, dice.Below(4));
            _all.Add(traveler);
            _lines.Begin(traveler.Item);
        }

        private void Answer(Traveler traveler)
        {
            List<Item> released = [];
            if (dice.OneIn(5))
            {
                _lines.Withdraw((KeyRequest)traveler.Item.KeyState!, released);
                _all.Remove(traveler);
            }
            else
            {
                traveler.State = State.Known;
                traveler.IsHolder = _lines.Enter(traveler.Item, traveler.Key, released);
            }

            Serve(traveler, released);
        }

        // Those whose key is known get it in the order in which they were taken, up to the first whose key is not.
        private void Serve(Traveler answered, List<Item> released)
        {
            List<Item> expected = [];
            foreach (Traveler next in _all.Where(one => one.State is State.Asked or State.Known).OrderBy(one => one.Item.Visit.Ticket).ToList())
            {
                if (next.State == State.Asked)
                    break;
                next.State = In(State.Holding).Any(holder => holder.Key == next.Key) ? State.InLine : State.Holding;
                if (next.State == State.Holding && next != answered)
                    expected.Add(next.Item);
                if (next == answered)
                    next.IsHolder.ShouldBe(next.State == State.Holding);
            }

            released.ShouldBe(expected);
        }

        private void Leave(Traveler traveler)
        {
            Traveler? expected = In(State.InLine).Where(one => one.Key == traveler.Key).OrderBy(one => ItemOrder.Of(one.Item)).FirstOrDefault();
            _lines.Leave((KeyLine)traveler.Item.KeyState!).ShouldBe(expected?.Item);
            _all.Remove(traveler);
            expected?.State = State.Holding;
        }

        private void Drain(Closing closing)
        {
            List<Item> ended = [];
            _lines.Drain(item => closing.MayGoOn(item), ended);
            Traveler[] expected = [.. In(State.InLine).Concat(In(State.Known)).Where(one => !closing.MayGoOn(one.Item))];
            ended.ShouldBe(expected.Select(one => one.Item), ignoreOrder: true);
            _all.RemoveAll(expected.Contains);
        }

        private void Check()
        {
            _lines.WaitingCount.ShouldBe(In(State.InLine).Length + In(State.Known).Length);
            _lines.KeyCount.ShouldBe(In(State.Holding).Length);
            _lines.RequestCount.ShouldBe(In(State.Asked).Length + In(State.Known).Length);
            In(State.Holding).Select(one => one.Key).ShouldBeUnique();
        }

        private Traveler[] In(State state) => [.. _all.Where(one => one.State == state)];
    }

    private enum State
    {
        Asked,
        Known,
        InLine,
        Holding,
    }

    private sealed class Traveler(Item item, ItemId key)
    {
        public Item Item { get; } = item;

        public ItemId Key { get; } = key;

        public State State { get; set; }

        public bool IsHolder { get; set; }
    }
}
