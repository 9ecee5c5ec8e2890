using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Buffers;

/// <summary>The priority queue against a sorted list, through random plans. One seed is one plan.</summary>
public sealed class BucketPriorityQueueModelTests
{
    private static readonly int[] _extremes = [int.MinValue, int.MinValue + 1, -1, 0, 1, int.MaxValue - 1, int.MaxValue];

    [Test]
    public void The_queue_does_what_a_sorted_list_does()
    {
        for (int seed = 0; seed < DecisionPlans.Count; seed++)
            new Plan(seed).Run();
    }

    [Test]
    public void One_seed_is_one_plan() => new Plan(42).Run().ShouldBe(new Plan(42).Run());

    private sealed class Plan(int seed)
    {
        private readonly Random _random = new(seed);
        private BucketPriorityQueue<long> _queue = new();
        private readonly SortedList<(int Priority, long Ticket), bool> _model = [];
        private readonly List<(int Priority, long Ticket)> _taken = [];
        private readonly List<long> _trace = [];
        private long _nextTicket;
        private int _returning;

        /// <summary>Runs the plan; gives what was taken, in order.</summary>
        public List<long> Run()
        {
            // From a handful of priorities, through more than there are rings, to a number of its own for each item.
            int spread = _random.Next(4) switch { 0 => 3, 1 => 64, 2 => 100, _ => 100_000 };
            int steps = _random.Next(10, _random.Next(8) == 0 ? 1500 : 150);
            int growth = _random.Next(30, 75);
            for (int step = 0; step < steps; step++)
            {
                int die = _random.Next(100);
                if (die < growth)
                    Add(spread);
                else if (die < 80)
                    Take();
                else if (die < 92)
                    Return();
                else if (die < 94)
                    ReturnAsFresh();
                else if (die < 96)
                    TakeReturning();
                else
                    Peek();
                Agree(_queue.Count, _model.Count);
                Agree(_queue.ReturningCount, _returning);
                Agree(_queue.FreshCount, _model.Count - _returning);
            }

            while (_model.Count > 0)
                Take();
            Take();
            return _trace;
        }

        private void Add(int spread)
        {
            int priority = _random.Next(20) == 0 ? _extremes[_random.Next(_extremes.Length)] : _random.Next(-spread, spread);
            long ticket = _nextTicket++;
            _queue.Enqueue(ticket, priority, ticket);
            _model.Add((priority, ticket), false);
        }

        private void Take()
        {
            (int Priority, long Ticket) place = _model.Count > 0 ? _model.GetKeyAtIndex(0) : default;
            long item;
            if (_random.Next(2) == 0)
            {
                Agree(_queue.TryDequeue(out item, out (int Priority, long Ticket) told), _model.Count > 0);
                Agree(told, place);
            }
            else
            {
                Agree(_queue.TryDequeue(out item), _model.Count > 0);
            }

            Agree(item, place.Ticket);
            if (_model.Count == 0)
                return;
            _returning -= _model.GetValueAtIndex(0) ? 1 : 0;
            _model.RemoveAt(0);
            _taken.Add(place);
            _trace.Add(item);
        }

        private void Return()
        {
            if (_taken.Count == 0)
                return;
            int index = _random.Next(_taken.Count);
            (int priority, long ticket) = _taken[index];
            _taken.RemoveAt(index);
            // An item may come back with another urgency than it had.
            if (_random.Next(4) == 0)
                priority = _random.Next(-3, 3);
            _queue.EnqueueReturning(ticket, priority, ticket);
            _model.Add((priority, ticket), true);
            _returning++;
        }

        private void ReturnAsFresh()
        {
            if (_taken.Count == 0)
                return;
            int index = _random.Next(_taken.Count);
            (int priority, long ticket) = _taken[index];
            _taken.RemoveAt(index);
            _queue.EnqueueAgain(ticket, priority, ticket);
            _model.Add((priority, ticket), false);
        }

        private void TakeReturning()
        {
            (int Priority, long Ticket)[] returning = [.. _model.Where(pair => pair.Value).Select(pair => pair.Key)];
            Agree(_queue.TryDequeueReturning(out long item), returning.Length > 0);
            if (returning.Length == 0)
                return;
            Agree(item, returning[0].Ticket);
            _model.Remove(returning[0]);
            _returning--;
            _taken.Add(returning[0]);
        }

        private void Peek()
        {
            (int Priority, long Ticket) place = _model.Count > 0 ? _model.GetKeyAtIndex(0) : default;
            Agree(_queue.TryPeek(out long item, out (int Priority, long Ticket) told), _model.Count > 0);
            Agree(told, place);
            Agree(item, place.Ticket);
            (int Priority, long Ticket) returning = _model.FirstOrDefault(pair => pair.Value).Key;
            Agree(_queue.TryPeekReturning(out item, out told), _returning > 0);
            Agree(told, returning);
            Agree(item, returning.Ticket);
        }

        private void Agree<TValue>(TValue actual, TValue expected)
        {
            // Millions of comparisons: the words are made only when they are needed.
            if (!EqualityComparer<TValue>.Default.Equals(actual, expected))
                actual.ShouldBe(expected, $"seed {seed}");
        }
    }
}
