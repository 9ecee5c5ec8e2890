using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>The priority queue against a sorted list, through random plans. One seed is one plan.</summary>
public sealed class PriorityFrontModelTests
{
    private const int Plans = 10_000;

    private static readonly int[] _extremes = [int.MinValue, int.MinValue + 1, -1, 0, 1, int.MaxValue - 1, int.MaxValue];

    [Test]
    public void The_queue_does_what_a_sorted_list_does()
    {
        for (int seed = 0; seed < Plans; seed++)
            new Plan(seed).Run();
    }

    [Test]
    public void One_seed_is_one_plan() => new Plan(42).Run().ShouldBe(new Plan(42).Run());

    private sealed class Plan(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly PriorityFront<long> _front = new();
        private readonly SortedList<(int Priority, long Ticket), bool> _model = [];
        private readonly List<(int Priority, long Ticket)> _taken = [];
        private readonly List<long> _trace = [];
        private readonly string _name = $"seed {seed}";
        private long _nextTicket;

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
                else if (die < 95)
                    TakeReturning();
                else
                    Peek();
                _front.Count.ShouldBe(_model.Count, _name);
                _front.ReturningCount.ShouldBe(_model.Values.Count(isReturning => isReturning), _name);
                _front.FreshCount.ShouldBe(_model.Values.Count(isReturning => !isReturning), _name);
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
            _front.Enqueue(ticket, priority, ticket);
            _model.Add((priority, ticket), false);
        }

        private void Take()
        {
            bool isTaken = _front.TryDequeue(out long item, out (int Priority, long Ticket) place);
            isTaken.ShouldBe(_model.Count > 0, _name);
            if (!isTaken)
                return;
            place.ShouldBe(_model.GetKeyAtIndex(0), _name);
            item.ShouldBe(place.Ticket, _name);
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
            _front.EnqueueReturning(ticket, priority, ticket);
            _model.Add((priority, ticket), true);
        }

        private void TakeReturning()
        {
            (int Priority, long Ticket)[] returning = [.. _model.Where(pair => pair.Value).Select(pair => pair.Key)];
            _front.TryDequeueReturning(out long item).ShouldBe(returning.Length > 0, _name);
            if (returning.Length == 0)
                return;
            item.ShouldBe(returning[0].Ticket, _name);
            _model.Remove(returning[0]);
            _taken.Add(returning[0]);
        }

        private void Peek()
        {
            _front.TryPeek(out long item).ShouldBe(_model.Count > 0, _name);
            if (_model.Count > 0)
                item.ShouldBe(_model.GetKeyAtIndex(0).Ticket, _name);
        }
    }
}
