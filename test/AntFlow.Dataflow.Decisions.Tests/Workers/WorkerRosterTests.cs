using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

public sealed class WorkerRosterTests
{
    private readonly WorkerRoster _roster = new("A");

    [Test]
    public void An_empty_roster_has_nothing_to_bring_to_life()
    {
        (_roster.Count, _roster.Alive, _roster.All.Length).ShouldBe((0, 0, 0));
        _roster.Join().ShouldBeNull();
        _roster.Resize(1);
        _roster.Join().ShouldNotBeNull();
    }

    [Test]
    public void A_worker_that_comes_to_life_again_has_done_nothing_just_before()
    {
        _roster.Resize(1);
        Worker worker = _roster.Join()!;
        worker.LastStamp = 5;
        _roster.Leave(worker);

        _roster.Join().ShouldBeSameAs(worker);
        worker.LastStamp.ShouldBe(0);
    }

    [Test]
    public void Fewer_workers_leave_those_there_are_and_more_keep_their_names()
    {
        _roster.Resize(3);
        Worker[] before = _roster.All;
        _roster.Resize(1);
        _roster.All.ShouldBeSameAs(before);
        _roster.Resize(3);
        _roster.All.ShouldBeSameAs(before);
        _roster.Resize(4);

        _roster.All.Take(3).ShouldBe(before);
        _roster.All.Select(worker => worker.Name).ShouldBe(["A-W0", "A-W1", "A-W2", "A-W3"]);
    }

    [Test]
    public void A_worker_that_leaves_allocates_nothing_however_many_there_have_come_to_be()
    {
        List<Worker> alive = [];
        foreach (int count in (int[])[4, 7])
        {
            _roster.Resize(count);
            while (_roster.Join() is { } worker)
                alive.Add(worker);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (Worker worker in alive)
            _roster.Leave(worker);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        alive.Count.ShouldBe(7);
    }

    [Test]
    public void A_change_to_no_more_workers_than_there_have_been_allocates_nothing()
    {
        _roster.Resize(8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            _roster.Resize(8 - (i % 2));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Test]
    public void A_worker_that_was_taken_away_does_not_come_back_when_it_leaves()
    {
        _roster.Resize(2);
        (Worker first, Worker second) = (_roster.Join()!, _roster.Join()!);
        _roster.Resize(1);
        (_roster.MayStay(first), _roster.MayStay(second)).ShouldBe((false, false));
        _roster.Leave(second);
        (_roster.MayStay(first), _roster.MayStay(second)).ShouldBe((true, false));
        _roster.Leave(first);

        _roster.Join().ShouldBeSameAs(first);
        _roster.Join().ShouldBeNull();
    }
}
