using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Results;

internal sealed class ResultModelTests
{
    [Test]
    public void A_result_is_blocked_exactly_while_it_is_beyond_the_reader_s_bound() => DecisionPlans.Play(dice =>
    {
        int bound = dice.Between(1, 6);
        var ring = new ResultRing<int>();
        List<(int Result, bool IsBlocked)> model = [];
        int number = 0;
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 80); i > 0; i--)
        {
            if (dice.Below(5) < 3)
            {
                // As the results do it: a succeeded one beyond the bound is blocked.
                bool isBlocked = model.Count >= bound && dice.OneIn(2);
                ring.Add(++number, isBlocked);
                model.Add((number, isBlocked));
            }
            else if (dice.OneIn(20))
            {
                ring.UnblockAll();
                model = [.. model.Select(cell => (cell.Result, false))];
            }
            else
            {
                ring.TryTake(bound, out int taken).ShouldBe(model.Count > 0);
                if (model.Count > 0)
                {
                    taken.ShouldBe(model[0].Result);
                    model.RemoveAt(0);
                    for (int near = 0; near < Math.Min(bound, model.Count); near++)
                        model[near] = (model[near].Result, false);
                }

                told.Append(taken).Append(' ');
            }

            ring.Count.ShouldBe(model.Count);
            ring.Blocked.ShouldBe(model.Count(cell => cell.IsBlocked));
        }

        ring.ToList().ShouldBe(model.Select(cell => cell.Result));
        ring.UnblockAll();
        ring.Blocked.ShouldBe(0);
        return told.ToString();
    });

    [Test]
    public void Results_come_out_in_input_order_as_soon_as_all_before_are_there() => DecisionPlans.Play(dice =>
    {
        var order = new ResultOrder<int>();
        List<int> coming = [.. Enumerable.Range(0, dice.Between(1, 30))];
        HashSet<int> there = [];
        int next = 0;
        var told = new System.Text.StringBuilder();
        while (coming.Count > 0)
        {
            int pick = coming[dice.Below(Math.Min(coming.Count, 5))];
            coming.Remove(pick);
            order.Add(pick, pick * 2);
            there.Add(pick);
            if (dice.OneIn(3))
                continue;
            while (order.TryTakeNext(out int result))
            {
                result.ShouldBe(next * 2);
                there.Remove(next++).ShouldBeTrue();
                told.Append(result).Append(' ');
            }

            there.ShouldNotContain(next);
        }

        return told.ToString();
    });

    [Test]
    public void The_window_lets_in_what_fits_and_wakes_what_waits_when_it_moves() => DecisionPlans.Play(dice =>
    {
        int size = dice.Between(1, 5);
        bool isBounded = !dice.OneIn(4);
        var window = new OrderWindow(size, isBounded);
        int inside = 0;
        bool isOpen = false;
        List<Task> waiting = [];
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 40); i > 0; i--)
        {
            int move = dice.Below(9);
            if (move == 8)
            {
                window.BeginReading();
                isBounded = true;
            }
            else if (move < 5)
            {
                bool fits = isOpen || !isBounded || inside < size;
                Task? moved = window.TryAdmit();
                (moved is null).ShouldBe(fits);
                inside += fits ? 1 : 0;
                if (moved is not null)
                    waiting.Add(moved);
                told.Append(fits ? '+' : '-');
            }
            else if (move < 7 && inside > 0)
            {
                if (dice.OneIn(3))
                    window.Leave();
                else
                    window.OnRead();
                inside--;
                waiting.ShouldAllBe(task => task.IsCompleted);
                waiting.Clear();
            }
            else if (move == 7 && dice.OneIn(10))
            {
                window.Lift();
                isOpen = true;
                waiting.ShouldAllBe(task => task.IsCompleted);
                waiting.Clear();
            }

            waiting.ShouldAllBe(task => !task.IsCompleted);
        }

        return told.ToString();
    });

    [Test]
    public void A_run_is_sealed_when_it_is_closed_and_no_other_item_can_come() => DecisionPlans.Play(dice =>
    {
        int sealings = 0;
        var feeds = new ActiveFeeds(() => sealings++);
        (int feeding, int promises) = (0, 0);
        (bool isClosed, bool refusesAll) = (false, false);
        for (int i = dice.Between(1, 40); i > 0; i--)
        {
            switch (dice.Below(9))
            {
                case 0 or 1:
                    feeds.TryBegin().ShouldBe(!isClosed);
                    feeding += isClosed ? 0 : 1;
                    break;
                case 2 or 3 when feeding > 0:
                    feeds.End();
                    feeding--;
                    break;
                case 4:
                    feeds.TryPromise().ShouldBe(!isClosed);
                    promises += isClosed ? 0 : 1;
                    break;
                case 5 or 6 when promises > 0:
                    feeds.EndPromise();
                    promises--;
                    break;
                case 7 when dice.OneIn(4):
                    feeds.Close();
                    isClosed = true;
                    break;
                case 8 when isClosed:
                    feeds.RefuseAll();
                    refusesAll = true;
                    break;
            }

            feeds.IsClosed.ShouldBe(isClosed);
            // A feed call that is refused everywhere holds nothing open; a promise does in any case, for its item is taken.
            (sealings > 0).ShouldBe(isClosed && promises == 0 && (feeding == 0 || refusesAll));
        }

        return sealings.ToString();
    });
}
