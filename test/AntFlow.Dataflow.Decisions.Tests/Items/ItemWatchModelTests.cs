using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Items;

public sealed class ItemWatchModelTests
{
    private static readonly RunClock _clock = new(TimeProvider.System);

    [Test]
    public void Each_moment_is_charged_to_what_the_item_was_doing() => DecisionPlans.Play(dice =>
    {
        var watch = new ItemWatch(observers: 1);
        // An earlier item had the envelope.
        watch.Begin(5, heldByReader: 3);
        watch.Turn(Spending.Run, 50);
        var ticks = new Dictionary<string, long>(StringComparer.Ordinal) { ["Queue"] = 0, ["Limit"] = 0, ["Retry"] = 0, ["Store"] = 0, ["Reader"] = 0, ["Run"] = 0 };
        long begin = dice.Below(1000);
        long now = begin;
        long held = dice.Below(100);
        long heldAtArrival = held;
        string doing = "Queue";
        watch.Begin(begin, held);
        for (int step = dice.Between(1, 30); step > 0; step--)
        {
            long passed = dice.Below(100);
            held += dice.OneIn(3) ? dice.Below(150) : 0;
            now += passed;
            switch (dice.Below(4))
            {
                case 0:
                    watch.Note(now);
                    ticks[doing] += passed;
                    break;
                case 1:
                    watch.Arrive(now, held);
                    ticks[doing] += passed;
                    (doing, heldAtArrival) = ("Queue", held);
                    break;
                case 2:
                    Spending next = dice.Pick(Enum.GetValues<Spending>());
                    watch.Turn(next, now);
                    ticks[doing] += passed;
                    doing = next.ToString();
                    break;
                default:
                    // Since when it could be taken: before what was charged last, between then and now, or after now.
                    long readyAt = now - passed + dice.Between(-20, 120);
                    watch.Leave(readyAt, now, held, Spending.Run);
                    if (doing == "Retry")
                    {
                        long waited = Math.Clamp(readyAt - (now - passed), 0, passed);
                        ticks["Retry"] += waited;
                        ticks["Queue"] += passed - waited;
                    }
                    else if (doing == "Queue")
                    {
                        long forReader = Math.Min(passed, Math.Max(0, held - heldAtArrival));
                        ticks["Reader"] += forReader;
                        ticks["Queue"] += passed - forReader;
                    }
                    else
                    {
                        ticks[doing] += passed;
                    }

                    doing = "Run";
                    break;
            }

            // What has not grown since is not charged again.
            watch.Note(now - dice.Below(10));
        }

        ItemTimes times = watch.ToTimes(_clock);
        (string, TimeSpan)[] told = [("Queue", times.Queue), ("Limit", times.Limit), ("Retry", times.Retry), ("Store", times.Store), ("Reader", times.Reader), ("Run", times.Run)];
        foreach ((string part, TimeSpan time) in told)
            time.ShouldBe(_clock.Between(0, ticks[part]), part);
        ticks.Values.Sum().ShouldBe(now - begin);
        return times.ToString();
    });

    [Test]
    public void The_parts_add_up() =>
        new ItemTimes(new TimeSpan(1), new TimeSpan(20), new TimeSpan(300), new TimeSpan(4_000), new TimeSpan(50_000), new TimeSpan(600_000)).Total.ShouldBe(new TimeSpan(654_321));

    [Test]
    public void Each_observer_has_a_slot_and_it_stays()
    {
        var watch = new ItemWatch(observers: 2);
        watch.StateOf(0) = "first";
        watch.StateOf(1) = "second";

        watch.Begin(1, heldByReader: 0);

        (watch.StateOf(0), watch.StateOf(1)).ShouldBe(("first", "second"));
    }
}
