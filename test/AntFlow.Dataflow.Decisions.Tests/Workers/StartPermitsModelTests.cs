using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

/// <summary>Items come, ask for permits, give them back and return, at random, as a pool would have it; lists are the model.</summary>
internal sealed class StartPermitsModelTests
{
    [Test]
    public void A_permit_goes_to_the_most_urgent_item_that_may_start_and_never_beyond_the_limit() => DecisionPlans.Play(dice => new Play(dice).Run());

    [Test]
    public void The_item_in_the_hands_of_a_worker_gets_a_permit_unless_a_more_urgent_one_is_held()
    {
        var starts = new StartPermits(limit: 1, asksFirst: true);
        Item held = Of(priority: 1, ticket: 5);
        starts.Deferred.Add(held);

        starts.TryTake(Of(priority: 1, ticket: 6), freePlaces: 1).ShouldBeFalse();
        starts.TryTake(Of(priority: 2, ticket: 1), freePlaces: 1).ShouldBeFalse();
        starts.Permits.InUse.ShouldBe(0);
        starts.TryTake(Of(priority: 1, ticket: 4), freePlaces: 1).ShouldBeTrue();
        starts.TryTake(Of(priority: 0, ticket: 1), freePlaces: 1).ShouldBeFalse("there is one permit");
        starts.Permits.GiveBack();
        starts.TryTake(Of(priority: 9, ticket: 9), freePlaces: 0).ShouldBeTrue("what is held has no place to start with");
    }

    private static Item Of(int priority, long ticket, int task = 0, VisitState state = VisitState.Fresh, bool holdsPlace = false) =>
        new() { Priority = priority, Visit = { Ticket = ticket, TaskIndex = task, Standing = state, HoldsPlace = holdsPlace } };

    private sealed class Play
    {
        private readonly Dice _dice;
        private readonly bool _asksFirst;
        private readonly int _limit;
        private readonly StartPermits _starts;
        private readonly List<Item> _fresh = [];
        private readonly List<Item> _returning = [];
        private readonly List<Item> _held = [];
        private readonly List<Item> _running = [];
        private readonly System.Text.StringBuilder _told = new();
        private BucketPriorityQueue<Item> _queue = new();
        private long _ticket;

        public Play(Dice dice)
        {
            _dice = dice;
            _limit = dice.Between(1, 3);
            _asksFirst = dice.OneIn(3);
            _starts = new StartPermits(_limit, _asksFirst);
        }

        public string Run()
        {
            for (int i = _dice.Between(1, 60); i > 0; i--)
            {
                switch (_dice.Below(4))
                {
                    case 0:
                        Item fresh = Of(_dice.Below(3), _ticket++);
                        _fresh.Add(fresh);
                        _queue.Enqueue(fresh, fresh.Priority, fresh.Visit.Ticket);
                        break;
                    case 1:
                        Item returning = Of(_dice.Below(3), _ticket++, task: _dice.OneIn(3) ? 1 : 0, _dice.Pick(VisitState.Started, VisitState.Retrying, VisitState.Saved, VisitState.Resuming), holdsPlace: _dice.OneIn(2));
                        _returning.Add(returning);
                        _queue.EnqueueReturning(returning, returning.Priority, returning.Visit.Ticket);
                        break;
                    case 2 when _running.Count > 0:
                        _running.RemoveAt(_dice.Below(_running.Count));
                        _starts.Permits.GiveBack();
                        break;
                    default:
                        Take(_dice.Below(4), _dice.Below(3));
                        break;
                }
            }

            return _told.ToString();
        }

        private void Take(int freePlaces, int mayHold)
        {
            (StartChoice expected, Item? of) = Expect(freePlaces, mayHold);
            _starts.CanTake(_queue, freePlaces, mayHold).ShouldBe(expected != StartChoice.None);
            bool takesFresh = _starts.TakesFresh(freePlaces);
            StartChoice choice = _starts.Choose(_queue, freePlaces, mayHold, out Item item);
            choice.ShouldBe(expected);
            _told.Append(choice).Append(' ');
            if (choice == StartChoice.None)
                return;
            item.ShouldBeSameAs(of);
            if (choice == StartChoice.StartDeferred)
            {
                _starts.Deferred.Remove(item).ShouldBeTrue();
                _held.Remove(item);
            }
            else
            {
                (takesFresh ? _queue.TryDequeue(out Item taken) : _queue.TryDequeueReturning(out taken)).ShouldBeTrue();
                taken.ShouldBeSameAs(item);
                (_fresh.Remove(item) || _returning.Remove(item)).ShouldBeTrue();
            }

            if (choice is StartChoice.Start or StartChoice.StartDeferred)
            {
                _starts.Permits.TryTake().ShouldBeTrue();
                _running.Add(item);
            }

            if (choice == StartChoice.Defer)
            {
                _starts.Deferred.Add(item);
                _held.Add(item);
            }

            _starts.Permits.InUse.ShouldBe(_running.Count);
            _starts.Permits.InUse.ShouldBeLessThanOrEqualTo(_limit);
            _starts.Deferred.Count.ShouldBe(_held.Count);
        }

        private (StartChoice Choice, Item? Item) Expect(int freePlaces, int mayHold)
        {
            bool isOpen = _running.Count < _limit;
            int heldFresh = _held.Count(item => !item.Visit.HoldsPlace);
            bool freshToo = isOpen ? freePlaces > 0 : freePlaces > heldFresh;
            Item? first = MostUrgent(freshToo ? _fresh.Concat(_returning) : _returning);
            Item? held = isOpen ? MostUrgent(_held.Where(item => item.Visit.HoldsPlace || freePlaces > 0)) : null;
            if (held is not null && MostUrgent([held, .. first is null ? (Item[])[] : [first]]) == held)
                return (StartChoice.StartDeferred, held);
            if (first is null)
                return (StartChoice.None, null);
            if (first.Visit.TaskIndex != 0 || first.Visit.Standing == VisitState.Saved)
                return (StartChoice.StartFree, first);
            if (!isOpen && mayHold <= 0)
                return (StartChoice.None, null);
            if (_asksFirst && first.Visit.Standing is VisitState.Fresh or VisitState.Resuming)
                return (StartChoice.StartFree, first);
            return (isOpen ? StartChoice.Start : StartChoice.Defer, first);
        }

        private static Item? MostUrgent(IEnumerable<Item> items) => items.MinBy(item => (item.Priority, item.Visit.Ticket));
    }
}
