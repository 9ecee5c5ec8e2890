using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

internal sealed class RoomWaitersModelTests
{
    [Test]
    public void What_brings_too_much_waits_until_there_is_room_or_its_item_is_taken() => DecisionPlans.Play(dice => new Play(dice).Run());

    private sealed class Play
    {
        private readonly Dice _dice;
        private readonly int _capacity;
        private readonly RoomWaiters _room;
        private readonly List<(Waiter Slip, Item Item)> _waiting = [];
        private readonly List<Waiter> _free;
        private int _limit;
        private readonly System.Text.StringBuilder _told = new();

        public Play(Dice dice)
        {
            _dice = dice;
            _capacity = dice.Pick(1, 2, 3, 10, StageOptions.Unbounded);
            _room = new RoomWaiters(_capacity);
            _free = [.. Enumerable.Range(0, 8).Select(_ => new Waiter { IsFeeder = dice.OneIn(2) })];
        }

        public string Run()
        {
            for (int i = _dice.Between(1, 40); i > 0; i--)
            {
                int waiting = _dice.Below(14);
                _room.HasRoom(waiting).ShouldBe(_capacity == StageOptions.Unbounded || waiting < _capacity);
                Move(waiting);
                _waiting.ShouldAllBe(w => w.Slip.IsForRoom);
                foreach ((Waiter waiter, Item item) in _waiting)
                {
                    waiter.IsAnswered().ShouldBeFalse();
                    item.RoomWaiter.ShouldBeSameAs(waiter);
                }
            }

            return _told.ToString();
        }

        private void Move(int waiting)
        {
            PostLockActions after = default;
            switch (_dice.Below(7))
            {
                case 0 or 1 or 2:
                    LineUp(waiting);
                    break;
                case 3 when _waiting.Count > 0:
                    (Waiter Slip, Item Item) taken = _waiting[_dice.Below(_waiting.Count)];
                    _room.ReleaseFor(taken.Item, ref after);
                    after.Perform();
                    Expect(w => w == taken, answer: true);
                    break;
                case 4:
                    bool isLow = _capacity != StageOptions.Unbounded && waiting <= _capacity / 2;
                    _room.ReleaseIfLow(waiting, ref after).ShouldBe(isLow);
                    after.Perform();
                    Expect(_ => waiting <= _limit / 2, answer: true);
                    break;
                case 5 when _waiting.Count > 0:
                    (Waiter Slip, Item Item) leaving = _waiting[_dice.Below(_waiting.Count)];
                    _room.Remove(leaving.Slip).ShouldBeTrue();
                    _room.Remove(leaving.Slip).ShouldBeFalse();
                    leaving.Slip.Complete();
                    Expect(w => w == leaving, leaving.Slip.Result);
                    break;
                case 6 when _dice.OneIn(3):
                    bool all = _dice.OneIn(2);
                    if (all)
                        _room.ReleaseAll(answer: false, ref after);
                    else
                        _room.ReleaseFeeders(answer: false, ref after);
                    after.Perform();
                    Expect(w => all || w.Slip.IsFeeder, answer: false);
                    break;
            }
        }

        private void LineUp(int waiting)
        {
            if (_free.Count == 0)
                return;
            Waiter waiter = _free[^1];
            var item = new Item();
            int most = _dice.OneIn(2) ? int.MaxValue : _dice.Between(1, 14);
            bool mustWait = _room.LineUp(waiter, item, waiting, most);
            mustWait.ShouldBe(_capacity != StageOptions.Unbounded && waiting > Math.Min(_capacity, most));
            if (!mustWait)
                return;
            _limit = Math.Min(_capacity, most);
            _free.Remove(waiter);
            _waiting.Add((waiter, item));
        }

        private void Expect(Func<(Waiter Slip, Item Item), bool> isReleased, bool answer)
        {
            foreach ((Waiter Slip, Item Item) released in _waiting.Where(isReleased).ToList())
            {
                released.Slip.TakeAnswer().ShouldBe(answer);
                released.Item.RoomWaiter.ShouldBeNull();
                _waiting.Remove(released);
                _free.Add(released.Slip);
                _told.Append(answer ? '+' : '-');
            }
        }
    }
}
