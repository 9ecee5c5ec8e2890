using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

/// <summary>Workers with items ask for permits, give them back and are refused, at random; a list that is sorted every time is the model.</summary>
internal sealed class TaskLimitsModelTests
{
    [Test]
    public void Permits_go_to_the_most_urgent_waiter_and_never_beyond_the_limit() => DecisionPlans.Play(dice => new Play(dice).Run());

    [Test]
    public void Gates_have_limits_if_one_of_the_tasks_has_one()
    {
        new TaskLimits([]).HasLimits.ShouldBeFalse();
        new TaskLimits([null, null]).HasLimits.ShouldBeFalse();
        new TaskLimits([null, 3]).HasLimits.ShouldBeTrue();
        new TaskLimits([null, 3]).Limits.Select(limit => limit?.Permits.Limit).ShouldBe([null, 3]);
    }

    private sealed class Play
    {
        private readonly Dice _dice;
        private readonly int?[] _limits;
        private readonly TaskLimits _gates;
        private readonly List<Worker> _idle;
        private readonly List<Worker> _waiting = [];
        private readonly List<Worker> _running = [];
        private readonly System.Text.StringBuilder _told = new();
        private long _ticket;

        public Play(Dice dice)
        {
            _dice = dice;
            _limits = [.. Enumerable.Range(0, dice.Between(1, 3)).Select(_ => dice.OneIn(4) ? (int?)null : dice.Between(1, 3))];
            _gates = new TaskLimits(_limits);
            _idle = [.. Enumerable.Range(0, dice.Between(1, 8)).Select(index => new Worker("S", index))];
        }

        public string Run()
        {
            for (int i = _dice.Between(1, 40); i > 0; i--)
            {
                switch (_dice.Below(5))
                {
                    case 0 or 1:
                        LineUp();
                        break;
                    case 2 or 3:
                        GiveBack();
                        break;
                    default:
                        if (_dice.OneIn(3))
                            Refuse();
                        break;
                }

                Check();
            }

            return _told.ToString();
        }

        private void LineUp()
        {
            if (_idle.Count == 0)
                return;
            Worker worker = _idle[_dice.Below(_idle.Count)];
            _idle.Remove(worker);
            worker.Item = new Item { Priority = _dice.Below(3), Visit = { Ticket = _ticket++, TaskIndex = _dice.Below(_limits.Length), HasStarted = _dice.OneIn(2) } };
            bool hasGate = _gates.LineUp(worker, worker.Item);
            hasGate.ShouldBe(_limits[worker.Item.Visit.TaskIndex] is not null);
            (hasGate ? _waiting : _running).Add(worker);
            if (_dice.OneIn(2))
                Grant(worker);
        }

        private void GiveBack()
        {
            if (_running.Count == 0)
                return;
            Worker worker = _running[_dice.Below(_running.Count)];
            worker.GiveBackPermit().ShouldBe(_limits[worker.Item!.Visit.TaskIndex] is not null);
            worker.GiveBackPermit().ShouldBeFalse();
            _running.Remove(worker);
            _idle.Add(worker);
            Grant(self: null);
        }

        private void Grant(Worker? self)
        {
            PostLockActions after = default;
            bool isSelfGranted = _gates.Grant(self, ref after);
            List<Worker> expected = [];
            for (int task = 0; task < _limits.Length; task++)
            {
                int free = (_limits[task] ?? 0) - _running.Count(worker => worker.Item!.Visit.TaskIndex == task);
                expected.AddRange(Waiters(task).Take(free));
            }

            List<Worker> granted = [.. _waiting.Where(worker => worker.Permit is not null)];
            granted.ShouldBe(expected, ignoreOrder: true);
            isSelfGranted.ShouldBe(self is not null && granted.Contains(self));
            after.Perform();
            foreach (Worker worker in granted)
            {
                if (worker != self)
                    worker.Slip.TakeAnswer().ShouldBeTrue();
                _waiting.Remove(worker);
                _running.Add(worker);
                _told.Append(worker.Index).Append(' ');
            }
        }

        private void Refuse()
        {
            PostLockActions after = default;
            int refused = _gates.Refuse(item => !item.Visit.HasStarted, ref after);
            after.Perform();
            List<Worker> expected = [.. _waiting.Where(worker => !worker.Item!.Visit.HasStarted)];
            refused.ShouldBe(expected.Count);
            foreach (Worker worker in expected)
            {
                worker.Slip.TakeAnswer().ShouldBeFalse();
                _waiting.Remove(worker);
                _idle.Add(worker);
            }
        }

        private void Check()
        {
            _gates.WaitingCount.ShouldBe(_waiting.Count);
            for (int task = 0; task < _limits.Length; task++)
                _running.Count(worker => worker.Item!.Visit.TaskIndex == task && _limits[task] is not null).ShouldBeLessThanOrEqualTo(_limits[task] ?? 0);
            foreach (Worker worker in _waiting)
                worker.Slip.IsAnswered().ShouldBeFalse();
        }

        private IOrderedEnumerable<Worker> Waiters(int task) =>
            _waiting.Where(worker => worker.Item!.Visit.TaskIndex == task).OrderBy(worker => worker.Item!.Priority).ThenBy(worker => worker.Item!.Visit.Ticket);
    }
}
