using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

internal sealed class WorkerRosterModelTests
{
    [Test]
    public void No_worker_lives_twice_and_no_more_come_to_life_than_there_are_to_be() => DecisionPlans.Play(dice =>
    {
        var roster = new WorkerRoster("A");
        int count = dice.Between(1, 6);
        roster.Resize(count);
        HashSet<int> alive = [];
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 60); i > 0; i--)
        {
            switch (dice.Below(5))
            {
                case 0 when dice.OneIn(2):
                    count = dice.Between(1, 6);
                    roster.Resize(count);
                    break;
                case < 3:
                    bool mayCome = alive.Count < count && Enumerable.Range(0, count).Any(index => !alive.Contains(index));
                    Worker? worker = roster.Join();
                    (worker is not null).ShouldBe(mayCome);
                    if (worker is null)
                        break;
                    worker.Index.ShouldBeLessThan(count);
                    worker.IsAlive.ShouldBeTrue();
                    alive.Add(worker.Index).ShouldBeTrue();
                    told.Append(worker.Name).Append(' ');
                    break;
                case 3 when alive.Count > 0:
                    int leaving = alive.Order().ElementAt(dice.Below(alive.Count));
                    roster.Leave(roster.All[leaving]);
                    roster.All[leaving].IsAlive.ShouldBeFalse();
                    alive.Remove(leaving);
                    break;
            }

            roster.Count.ShouldBe(count);
            roster.Alive.ShouldBe(alive.Count);
            roster.All.Select(worker => worker.Index).ShouldBe(Enumerable.Range(0, roster.All.Length));
            roster.ToSee.Select(worker => worker.Index).ShouldBe(Enumerable.Range(0, roster.All.Length).Where(index => index < count || alive.Contains(index)));
            roster.All.Where(roster.MayStay).Select(worker => worker.Index).ShouldBe(alive.Count <= count ? Enumerable.Range(0, count) : []);
        }

        return told.ToString();
    });

    [Test]
    public void Workers_come_to_life_in_the_order_of_their_numbers()
    {
        var roster = new WorkerRoster("A");
        roster.Resize(3);

        Enumerable.Range(0, 4).Select(_ => roster.Join()?.Name).ShouldBe(["A-W0", "A-W1", "A-W2", null]);
    }
}
