using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>A snapshot is of one instant: it has the locks of all stages, in their order, then that of the results, before it looks at anything, and keeps them until it has looked at all.</summary>
public sealed class LockOrderTests
{
    private PipelineRun<int, int> _run = null!;

    private IItemTarget[] Targets => [.. _run.Core.Blocks.Select(stage => stage.Intake), _run.Core.Sink];

    [SetUp]
    public void Start()
    {
        _run = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x).Then("C", x => x).Build().Start();
        // What is made when it is used first may be waited for, too; what waits after this waits for a lock of the run.
        _run.GetSnapshot();
    }

    [TearDown]
    public async Task EndAsync() => await _run.DisposeAsync();

    [Test]
    public void While_it_waits_for_one_lock_it_has_those_before_and_none_of_those_behind([Values(0, 1, 2, 3)] int held)
    {
        Targets[held].EnterLock();
        Thread? snapshot = null;
        Thread[] before = [];
        try
        {
            snapshot = Begin(() => _run.GetSnapshot());
            SpinUntil(() => IsWaiting(snapshot));
            foreach (IItemTarget behind in Targets[(held + 1)..])
                Visit(behind).Join(Testing.Waiting.Patience).ShouldBeTrue();
            before = [.. Targets[..held].Select(Visit)];
            foreach (Thread visitor in before)
                SpinUntil(() => IsWaiting(visitor) || !visitor.IsAlive);
            before.ShouldAllBe(visitor => visitor.IsAlive);
        }
        finally
        {
            Targets[held].ExitLock();
        }

        snapshot.Join(Testing.Waiting.Patience).ShouldBeTrue();
        foreach (Thread visitor in before)
            visitor.Join(Testing.Waiting.Patience).ShouldBeTrue();
    }

    [Test]
    public void Nothing_moves_while_it_looks()
    {
        _run.Pause();
        _run.TryFeedOne(1).ShouldBeTrue();
        var feeders = new List<Thread>();
        PipelineSnapshot now = _run.Core.GetSnapshot([.. Targets[..^1], new WatchedTarget(Targets[^1]) { OnEntered = TryToFeed }]);
        foreach (Thread feeder in feeders)
            feeder.Join(Testing.Waiting.Patience).ShouldBeTrue();

        feeders.Count.ShouldBe(3);
        (now.Fed, now.Queued).ShouldBe((1, 1));
        now.Stages.Select(stage => stage.Arrived).ShouldBe([1, 0, 0]);
        _run.GetSnapshot().Queued.ShouldBe(4);

        // To each stage, from threads of their own, which come as far as the lock, or get through where there should be one.
        void TryToFeed()
        {
            List<Thread> begun = [.. _run.Core.Blocks.Select(stage => Begin(() => _run.FeedAsync(stage.Name, new[] { 2 }).IsCompletedSuccessfully.ShouldBeTrue()))];
            feeders.AddRange(begun);
            foreach (Thread feeder in begun)
                SpinUntil(() => IsWaiting(feeder) || !feeder.IsAlive);
            feeders.ShouldAllBe(feeder => feeder.IsAlive);
        }
    }

    private static bool IsWaiting(Thread thread) => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin);

    private static void SpinUntil(Func<bool> condition) => SpinWait.SpinUntil(condition, Testing.Waiting.Patience).ShouldBeTrue();

    private static Thread Visit(IItemTarget target) => Begin(() =>
    {
        target.EnterLock();
        target.ExitLock();
    });

    private static Thread Begin(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>The last lock: when it has that one, a snapshot begins to look.</summary>
    private sealed class WatchedTarget(IItemTarget target) : IItemTarget
    {
        public Action? OnEntered { get; init; }

        public StageLink Connect(string from) => target.Connect(from);

        public Waiter? WaitForRoom(Waiter waiter, int most) => target.WaitForRoom(waiter, most);

        public Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp) => target.Arrive(via, worker, item, isSkipped, stamp);

        public void EnterLock()
        {
            target.EnterLock();
            OnEntered?.Invoke();
        }

        public void ExitLock() => target.ExitLock();
    }
}
