using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

/// <summary>Items go through a chain of stages at random, and each move raises one counter of one stage; a list of where every item is, is the model.</summary>
internal sealed class StageTallyModelTests
{
    private enum State
    {
        Announced,
        Queued,
        Limited,
        Held,
        InProgress,
        Saving,
        Retrying,
        Failed,
        Canceled,
        Passed,
    }

    [Test]
    public void What_the_counters_say_is_where_the_items_are_after_every_move() => DecisionPlans.Play(dice => new Play(dice).Run());

    private sealed class Play
    {
        private readonly Dice _dice;
        private readonly StageTally[] _stages;
        private readonly StageLink[] _links;
        private readonly List<Traveler> _items = [];
        private readonly long[] _fed;
        private readonly long[] _throttled;
        private StageCounts[] _before;

        public Play(Dice dice)
        {
            _dice = dice;
            _stages = [.. Enumerable.Range(0, dice.Between(1, 4)).Select(_ => new StageTally())];
            _fed = new long[_stages.Length];
            _throttled = new long[_stages.Length];
            // The way out of each stage; that of the last one leads to the results.
            _links = [.. _stages.Select((_, i) => new Target(waitingWorkers: 10 + i).Connect())];
            _before = Count();
        }

        public string Run()
        {
            for (int i = _dice.Between(1, 60); i > 0; i--)
            {
                if (_items.Count == 0 || _dice.OneIn(4))
                    Feed();
                else
                    Move(_items[_dice.Below(_items.Count)]);
                Check();
            }

            return string.Join(' ', _items.Select(item => $"{item.Stage}{item.State}"));
        }

        private void Feed()
        {
            int stage = _dice.Below(_stages.Length);
            _stages[stage].Fed++;
            _fed[stage]++;
            var item = new Traveler { Stage = stage };
            _items.Add(item);
            switch (_dice.Below(3))
            {
                case 0:
                    // It has no valid id.
                    _stages[stage].End(ResultStatus.Failed);
                    item.State = State.Failed;
                    break;
                case 1:
                    _stages[stage].Unpublished++;
                    item.State = State.Announced;
                    break;
                default:
                    Queue(item);
                    break;
            }
        }

        private void Move(Traveler item)
        {
            StageTally stage = _stages[item.Stage];
            switch (item.State)
            {
                case State.Announced:
                    stage.Unpublished--;
                    if (_dice.OneIn(3))
                        Cancel(item);
                    else
                        Queue(item);
                    break;
                case State.Queued or State.Retrying when _dice.OneIn(5):
                    Cancel(item);
                    break;
                case State.Queued:
                    item.State = _dice.OneIn(3) ? State.Limited : State.InProgress;
                    break;
                case State.Limited:
                    item.State = State.InProgress;
                    break;
                case State.InProgress when _dice.OneIn(8):
                    // A suspect that may not start.
                    item.State = State.Held;
                    break;
                case State.Held when _dice.OneIn(5):
                    Cancel(item);
                    break;
                case State.Held:
                    item.State = State.Queued;
                    break;
                case State.Retrying:
                    item.State = State.Queued;
                    break;
                case State.InProgress when _dice.OneIn(4):
                    stage.SaveBegun++;
                    item.State = State.Saving;
                    break;
                case State.InProgress:
                    End(item, stage);
                    break;
                case State.Saving:
                    EndSaving(item, stage);
                    break;
                default:
                    break;
            }
        }

        private void End(Traveler item, StageTally stage)
        {
            switch (_dice.Below(6))
            {
                case 0:
                    stage.End(ResultStatus.Failed);
                    item.State = State.Failed;
                    break;
                case 1:
                    Cancel(item);
                    break;
                case 2:
                    stage.ThrottledCalls++;
                    _throttled[item.Stage]++;
                    item.State = State.Retrying;
                    break;
                default:
                    HandOn(item, isSkipped: _dice.OneIn(4));
                    break;
            }
        }

        private void EndSaving(Traveler item, StageTally stage)
        {
            switch (_dice.Below(4))
            {
                case 0:
                    stage.SaveEnded++;
                    Queue(item);
                    break;
                case 1:
                    stage.SaveEnded++;
                    Cancel(item);
                    break;
                default:
                    // It comes from the store then, not from a worker.
                    HandOn(item, isSkipped: _dice.OneIn(4), isFromStore: true);
                    break;
            }
        }

        private void HandOn(Traveler item, bool isSkipped, bool isFromStore = false)
        {
            _links[item.Stage].Tally.Count(isSkipped, isFromStore);
            item.Passes.Add((item.Stage, isSkipped));
            if (item.Stage + 1 == _stages.Length)
            {
                item.State = State.Passed;
                return;
            }

            item.Stage++;
            if (_dice.OneIn(6))
                Cancel(item);
            else
                Queue(item);
        }

        private void Queue(Traveler item)
        {
            item.State = State.Queued;
        }

        private void Cancel(Traveler item)
        {
            _stages[item.Stage].End(ResultStatus.Canceled);
            item.State = State.Canceled;
        }

        private void Check()
        {
            StageCounts[] now = Count();
            for (int i = 0; i < now.Length; i++)
            {
                StageCounts counts = now[i];
                (counts.Queued, counts.Quarantined, counts.Limited, counts.InProgress, counts.Retrying, counts.Failed, counts.Canceled).ShouldBe(
                    (Here(i, State.Queued) + Here(i, State.Announced), Here(i, State.Held), Here(i, State.Limited), Here(i, State.InProgress), Here(i, State.Retrying), Here(i, State.Failed), Here(i, State.Canceled)));
                (counts.Completed, counts.Skipped, counts.Saving).ShouldBe((Passed(i, isSkipped: false), Passed(i, isSkipped: true), Here(i, State.Saving)));
                (counts.Fed, counts.ThrottledCalls, counts.BlockedWorkers).ShouldBe((_fed[i], _throttled[i], 10 + i));
                counts.Arrived.ShouldBe(counts.Queued + counts.Quarantined + counts.Limited + counts.InProgress + counts.Saving + counts.Retrying + counts.Completed + counts.Skipped + counts.Failed + counts.Canceled);
                StageCounts before = _before[i];
                (counts.Fed >= before.Fed && counts.Arrived >= before.Arrived && counts.Completed >= before.Completed && counts.Skipped >= before.Skipped
                    && counts.Failed >= before.Failed && counts.Canceled >= before.Canceled && counts.ThrottledCalls >= before.ThrottledCalls).ShouldBeTrue("totals never fall");
            }

            now.Sum(counts => counts.Fed).ShouldBe(_items.Count);
            now.Sum(counts => counts.Queued + counts.Quarantined + counts.Limited + counts.InProgress + counts.Saving + counts.Retrying + counts.Failed + counts.Canceled)
                .ShouldBe(_items.Count - _links[^1].Tally.Arrived, "every item is in one state, or a result");
            _before = now;
        }

        private StageCounts[] Count() => [.. _stages.Select((stage, i) => stage.Count(_links.AsSpan(Math.Max(0, i - 1), Math.Min(i, 1)), _links.AsSpan(i, 1), new StageCounts
        {
            Queued = Here(i, State.Queued),
            Quarantined = Here(i, State.Held),
            Limited = Here(i, State.Limited),
            Retrying = Here(i, State.Retrying),
        }))];

        private long Here(int stage, State state) => _items.Count(item => item.Stage == stage && item.State == state);

        private long Passed(int stage, bool isSkipped) => _items.Count(item => item.Passes.Contains((stage, isSkipped)));
    }

    private sealed class Traveler
    {
        public int Stage { get; set; }

        public State State { get; set; }

        public List<(int Stage, bool IsSkipped)> Passes { get; } = [];
    }

    private sealed class Target(int waitingWorkers) : IItemTarget
    {
        public int WaitingWorkers => waitingWorkers;

        public StageLink Connect() => new(this, new LinkTally());

        public Waiter? WaitForRoom(Waiter waiter, int most) => throw new NotSupportedException();

        public Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp) => throw new NotSupportedException();

        public void EnterLock() => throw new NotSupportedException();

        public void ExitLock() => throw new NotSupportedException();
    }
}
