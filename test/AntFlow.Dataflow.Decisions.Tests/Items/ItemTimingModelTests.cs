using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Items;

public sealed class ItemTimingModelTests
{
    private static readonly RunClock _clock = new(TimeProvider.System);

    [Test]
    public void Each_moment_is_charged_to_what_the_item_was_doing() => DecisionPlans.Play(dice =>
    {
        var timing = new ItemTiming();
        // An earlier item had the envelope, and spent time with everything, or with running alone.
        timing.Begin(5, blockedByReader: 3);
        Spending[] spent = dice.OneIn(4) ? [Spending.Run] : Enum.GetValues<Spending>();
        for (int i = 0; i < spent.Length; i++)
            timing.Turn(spent[i], 50 * i);
        timing.Wait(Spending.Queue, 400, blockedByReader: 3);
        timing.Leave(400, 500, blockedByReader: dice.OneIn(2) ? 3 : 60, Spending.Run);
        var model = new Model(dice, timing);
        for (int step = dice.Between(1, 30); step > 0; step--)
        {
            model.Step();
            // What has not grown since is not charged again.
            model.Watch.Note(model.Now - dice.Below(10));
        }

        ItemTimes times = model.Watch.ToTimes(_clock);
        (string, TimeSpan)[] told = [("Queue", times.Queue), ("Limit", times.Limit), ("Retry", times.Retry), ("Store", times.Store), ("Reader", times.Reader), ("Run", times.Run), ("Poll", times.Poll)];
        foreach ((string part, TimeSpan time) in told)
            time.ShouldBe(_clock.Between(0, model.Ticks[part]), part);
        model.Ticks.Values.Sum().ShouldBe(model.Now - model.Began);
        return times.ToString();
    });

    [Test]
    public void The_parts_add_up() =>
        new ItemTimes(new TimeSpan(1), new TimeSpan(20), new TimeSpan(300), new TimeSpan(4_000), new TimeSpan(50_000), new TimeSpan(600_000)).Total.ShouldBe(new TimeSpan(654_321));

    private sealed class Model
    {
        private readonly Dice _dice;
        private ItemTiming _timing;
        private string _doing = "Queue";
        private long _held;
        private long _heldAtArrival;

        public Model(Dice dice, ItemTiming timing)
        {
            (_dice, _timing) = (dice, timing);
            Now = Began = dice.Below(1000);
            _heldAtArrival = _held = dice.Below(100);
            _timing.Begin(Began, _held);
        }

        public Dictionary<string, long> Ticks { get; } = new(StringComparer.Ordinal) { ["Queue"] = 0, ["Limit"] = 0, ["Retry"] = 0, ["Store"] = 0, ["Reader"] = 0, ["Run"] = 0, ["Poll"] = 0 };

        public ref ItemTiming Watch => ref _timing;

        public long Began { get; }

        public long Now { get; private set; }

        public void Step()
        {
            long passed = _dice.Below(100);
            _held += _dice.OneIn(3) ? _dice.Below(150) : 0;
            Now += passed;
            switch (_dice.Below(4))
            {
                case 0:
                    _timing.Note(Now);
                    Ticks[_doing] += passed;
                    break;
                case 1:
                    Spending waits = _dice.Pick(Spending.Queue, Spending.Retry, Spending.Poll);
                    _timing.Wait(waits, Now, _held);
                    Ticks[_doing] += passed;
                    (_doing, _heldAtArrival) = (waits.ToString(), _held);
                    break;
                case 2:
                    Spending next = _dice.Pick(Enum.GetValues<Spending>());
                    _timing.Turn(next, Now);
                    Ticks[_doing] += passed;
                    _doing = next.ToString();
                    break;
                default:
                    Leave(passed);
                    break;
            }
        }

        private void Leave(long passed)
        {
            // Since when it could be taken: before what was charged last, between then and now, or after now.
            long readyAt = Now - passed + _dice.Between(-20, 120);
            _timing.Leave(readyAt, Now, _held, Spending.Run);
            long retried = _doing is "Retry" or "Poll" ? Math.Clamp(readyAt - (Now - passed), 0, passed) : 0;
            long queued = _doing is "Retry" or "Poll" or "Queue" ? passed - retried : 0;
            long forReader = Math.Min(queued, Math.Max(0, _held - _heldAtArrival));
            Ticks[_doing == "Poll" ? "Poll" : "Retry"] += retried;
            Ticks["Reader"] += forReader;
            Ticks["Queue"] += queued - forReader;
            if (_doing is not ("Retry" or "Poll" or "Queue"))
                Ticks[_doing] += passed;
            (_doing, _heldAtArrival) = ("Run", _held);
        }
    }
}
