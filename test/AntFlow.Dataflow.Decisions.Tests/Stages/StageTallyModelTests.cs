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
        Polling,
        Filtered,
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
        private readonly (StageLink Link, int To)[][] _links;
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
            // The links out of each stage: to stages declared after it, or to the results.
            _links = [.. _stages.Select((_, i) => Enumerable.Range(0, dice.Between(1, 3)).Select(_ => (new Target().Connect("A"), dice.Between(i + 1, _stages.Length))).ToArray())];
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
                case State.InProgress when _dice.OneIn(8):
                    item.State = State.Polling;
                    break;
                case State.Polling when _dice.OneIn(5):
                    Cancel(item);
                    break;
                case State.Polling:
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
            switch (_dice.Below(7))
            {
                case 6:
                    stage.End(ResultStatus.Filtered);
                    item.State = State.Filtered;
                    break;
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
            (StageLink link, int to) = _dice.Pick(_links[item.Stage]);
            link.Tally.Count(isSkipped, isFromStore);
            item.Passes.Add((item.Stage, isSkipped));
            if (to == _stages.Length)
            {
                item.State = State.Passed;
                return;
            }

            item.Stage = to;
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
                (counts.Queued, counts.Quarantined, counts.Limited, counts.InProgress, counts.Retrying, counts.Polling, counts.Failed, counts.Canceled, counts.Filtered).ShouldBe(
                    (Here(i, State.Queued) + Here(i, State.Announced), Here(i, State.Held), Here(i, State.Limited), Here(i, State.InProgress), Here(i, State.Retrying), Here(i, State.Polling), Here(i, State.Failed), Here(i, State.Canceled), Here(i, State.Filtered)));
                (counts.Completed, counts.Skipped, counts.Saving).ShouldBe((Passed(i, isSkipped: false), Passed(i, isSkipped: true), Here(i, State.Saving)));
                (counts.Fed, counts.ThrottledCalls).ShouldBe((_fed[i], _throttled[i]));
                counts.Arrived.ShouldBe(counts.Queued + counts.Quarantined + counts.Limited + counts.InProgress + counts.Saving + counts.Retrying + counts.Polling + counts.Completed + counts.Skipped + counts.Failed + counts.Canceled + counts.Filtered);
                counts.Links.Sum(link => link.Passed).ShouldBe(counts.Completed + counts.Skipped);
                StageCounts before = _before[i];
                (counts.Fed >= before.Fed && counts.Arrived >= before.Arrived && counts.Completed >= before.Completed && counts.Skipped >= before.Skipped
                    && counts.Failed >= before.Failed && counts.Canceled >= before.Canceled && counts.Filtered >= before.Filtered && counts.ThrottledCalls >= before.ThrottledCalls).ShouldBeTrue("totals never fall");
            }

            now.Sum(counts => counts.Fed).ShouldBe(_items.Count);
            now.Sum(counts => counts.Queued + counts.Quarantined + counts.Limited + counts.InProgress + counts.Saving + counts.Retrying + counts.Polling + counts.Failed + counts.Canceled + counts.Filtered)
                .ShouldBe(_items.Count - _items.Count(item => item.State == State.Passed), "every item is in one state, or a result");
            _before = now;
        }

        private StageCounts[] Count() => [.. _stages.Select((stage, i) => stage.Count([.. _links.SelectMany(links => links).Where(link => link.To == i).Select(link => link.Link)], [.. _links[i].Select(link => link.Link)], new StageCounts
        {
            Queued = Here(i, State.Queued),
            Quarantined = Here(i, State.Held),
            Limited = Here(i, State.Limited),
            Retrying = Here(i, State.Retrying),
            Polling = Here(i, State.Polling),
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

    private sealed class Target : IItemTarget
    {
        public StageLink Connect(string from) => new(this, new LinkTally(), from);

        public Waiter? WaitForRoom(Waiter waiter, int most) => throw new NotSupportedException();

        public Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp) => throw new NotSupportedException();

        public void EnterLock() => throw new NotSupportedException();

        public void ExitLock() => throw new NotSupportedException();
    }
}
