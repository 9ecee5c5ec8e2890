using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>An item is counted where it moves, and in one step: the thread that moves it is stopped just before, and what a snapshot shows there is the state it has not left.</summary>
/// <remarks>The test holds the lock of the stage, or of the results, that the item is on its way to. The thread that brings the item waits for that lock; the test has it and can take a
/// snapshot. It is not reentrant, so the snapshot takes all the locks but that one. A body or predicate that does not suspend ends on the thread that brings its item on its way,
/// and the first lock that is taken on this way is the one that the test has. Where the thread waits for something else for a moment, its item is in the same state.</remarks>
public sealed class CountingOrderTests
{
    private readonly ManualResetEventSlim[] _held = [new(), new(), new()];
    private readonly ManualResetEventSlim[] _mayGoOn = [new(), new(), new()];
    private readonly ScriptedTime _time = new();
    private Thread? _fromA;
    private Thread? _fromB;
    private PipelineRun<int, int> _run = null!;

    [TearDown]
    public async Task EndAsync()
    {
        foreach (ManualResetEventSlim door in _mayGoOn)
            door.Set();
        await _run.DisposeAsync();
        foreach (ManualResetEventSlim used in _held.Concat(_mayGoOn))
            used.Dispose();
    }

    [Test]
    public void An_item_is_accepted_fed_and_queued_in_one_step([Values] bool is_watched)
    {
        Start(x => x, isWatched: is_watched);
        _run.Pause();
        States(WhileHeld(Way(0), OnThread(() => _run.TryFeedOne(1)))).ShouldBe("0 fed");

        ShouldBecome("1 fed: A queued");
    }

#if ANTFLOW_FAULTS
    [Test]
    [Category("Faults")]
    public void An_item_that_is_being_announced_is_queued_already()
    {
        Start(x => x);
        var seen = new List<string>();
        _run.Core.Probe = new Probe();
        _run.Core.Probe.Once(ProbePoint.Queued("A", 1), () => seen.Add(States(_run.GetSnapshot())));
        _run.Pause();
        _run.TryFeedOne(1).ShouldBeTrue();

        seen.ShouldBe(["1 fed: A queued"]);
        ShouldBecome("1 fed: A queued");
    }
#endif

    [Test]
    public void An_item_on_its_way_to_the_next_stage_is_in_progress_until_it_is_queued_there([Values] bool is_watched)
    {
        Start(x => x, isWatched: is_watched);
        _run.Pause("B");
        FeedToBody(1);
        States(WhileHeld(Way(1), FromA(1))).ShouldBe("1 fed: A in progress");

        ShouldBecome("1 fed: A completed, B queued");
    }

    [Test]
    public void An_item_that_is_skipped_is_in_progress_until_it_is_queued_in_the_next_stage([Values] bool is_watched)
    {
        Start(x => x, s => s.SkipIf = x => Hold(x) == x, is_watched);
        _run.Pause("B");
        FeedToBody(1);
        States(WhileHeld(Way(1), FromA(1))).ShouldBe("1 fed: A in progress");

        ShouldBecome("1 fed: A skipped, B queued");
    }

    [Test]
    public void An_item_on_its_way_to_the_results_is_in_progress_until_it_is_one([Values] bool is_watched)
    {
        Start(x => x, isWatched: is_watched);
        FeedToBody(1);
        States(WhileHeld(_run.Core.Sink, FromB(1))).ShouldBe("1 fed: A completed, B in progress");

        ShouldBecome("1 fed: A completed, B completed, succeeded");
    }

    [Test]
    public void An_item_whose_attempt_has_failed_is_in_progress_until_it_waits_and_waits_until_it_is_queued([Values] bool is_watched)
    {
        Start(_ => throw new TimeoutException(), s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)), is_watched);
        FeedToBody(1);
        States(WhileHeld(Way(0), FromA(1))).ShouldBe("1 fed: A in progress");
        ShouldBecome("1 fed: A retrying");

        _run.Pause();
        SpinUntil(() => _time.Timers.Count == 1 && _time.Timers[0].Due is not null);
        _time.Advance(TimeSpan.FromHours(2));
        States(WhileHeld(Way(0), OnThread(_time.Timers[0].GoOff))).ShouldBe("1 fed: A retrying");
        ShouldBecome("1 fed: A queued");
    }

    [Test]
    public void An_item_that_fails_is_in_progress_until_it_is_counted_as_failed_and_that_is_before_it_is_a_result([Values] bool is_watched)
    {
        Start(_ => throw new TimeoutException(), s => s.Retry = RetryPolicy.None, is_watched);
        FeedToBody(1);
        States(WhileHeld(Way(0), FromA(1))).ShouldBe("1 fed: A in progress");
        ShouldBecome("1 fed: A failed");

        FeedToBody(2);
        _run.Core.Sink.EnterLock();
        try
        {
            // No result can be added now.
            _mayGoOn[2].Set();
            SpinUntil(() => States(SnapshotWithout(_run.Core.Sink)) == "2 fed: A failed, A failed");
        }
        finally
        {
            _run.Core.Sink.ExitLock();
        }
    }

    [Test]
    public void An_item_that_waits_is_queued_until_the_closing_of_its_stage_ends_it()
    {
        Start(x => x);
        _run.Pause();
        _run.TryFeedOne(1).ShouldBeTrue();
        States(WhileHeld(Way(0), OnThread(() => _run.Stop()))).ShouldBe("1 fed: A queued");

        ShouldBecome("1 fed: A canceled");
    }

    private static void SpinUntil(Func<bool> condition) => SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(120)).ShouldBeTrue();

    /// <summary>Says in words where the items are. The states add up to those that were fed.</summary>
    private static string States(PipelineSnapshot now)
    {
        (now.Queued + now.Quarantined + now.Limited + now.InProgress + now.Retrying + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled).ShouldBe(now.Fed);
        var words = new List<string>();
        foreach (StageSnapshot stage in now.Stages)
        {
            Say(stage.Queued, $"{stage.Name} queued");
            Say(stage.InProgress, $"{stage.Name} in progress");
            Say(stage.Retrying, $"{stage.Name} retrying");
            Say(stage.Completed, $"{stage.Name} completed");
            Say(stage.Skipped, $"{stage.Name} skipped");
            Say(stage.Failed, $"{stage.Name} failed");
            Say(stage.Canceled, $"{stage.Name} canceled");
        }

        Say(now.Succeeded, "succeeded");
        return words.Count == 0 ? $"{now.Fed} fed" : $"{now.Fed} fed: {string.Join(", ", words)}";

        void Say(long count, string word)
        {
            count.ShouldBeGreaterThanOrEqualTo(0, word);
            words.AddRange(Enumerable.Repeat(word, (int)count));
        }
    }

    private void Start(Func<int, int> body, Action<StageOptions<int, int>>? configure = null, bool isWatched = true)
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", x => body(Hold(x)), 1, configure)
            .Then("B", x =>
            {
                Volatile.Write(ref _fromB, Thread.CurrentThread);
                return x;
            })
            .IdentifyBy(x => x).WithTimeProvider(_time);
        _run = (isWatched ? builder.WithTracker(new StatusTracker()) : builder).Build().Start();
    }

    /// <summary>Holds a worker of the first stage, and lets it go with its item.</summary>
    private int Hold(int item)
    {
        _held[item].Set();
        _mayGoOn[item].Wait(TimeSpan.FromSeconds(120)).ShouldBeTrue();
        Volatile.Write(ref _fromA, Thread.CurrentThread);
        return item;
    }

    private IItemTarget[] Targets => [.. _run.Core.Blocks.Select(stage => stage.Intake), _run.Core.Sink];

    private StageIntake Way(int index) => _run.Core.Blocks[index].Intake;

    private void FeedToBody(int item)
    {
        _run.TryFeedOne(item).ShouldBeTrue();
        _held[item].Wait(TimeSpan.FromSeconds(120)).ShouldBeTrue();
        _fromA = null;
    }

    /// <summary>Takes a snapshot while a thread waits for a lock that the test holds.</summary>
    /// <param name="target">Whose lock.</param>
    /// <param name="begin">Brings a thread on its way there; tells which one, once that is known.</param>
    private PipelineSnapshot WhileHeld(IItemTarget target, Func<Func<Thread?>> begin)
    {
        target.EnterLock();
        try
        {
            Func<Thread?> find = begin();
            SpinUntil(() => find() is { } thread && thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            return SnapshotWithout(target);
        }
        finally
        {
            target.ExitLock();
        }
    }

    /// <summary>A snapshot that takes all locks but one, which the test holds.</summary>
    private PipelineSnapshot SnapshotWithout(IItemTarget held) => _run.Core.GetSnapshot(Targets.Where(other => other != held));

    /// <summary>The worker of the first stage, with the item of which it is let go.</summary>
    private Func<Func<Thread?>> FromA(int item) => () =>
    {
        _mayGoOn[item].Set();
        return () => Volatile.Read(ref _fromA);
    };

    /// <summary>The worker of the second stage, which gets the item once that of the first one is let go.</summary>
    private Func<Func<Thread?>> FromB(int item) => () =>
    {
        _mayGoOn[item].Set();
        return () => Volatile.Read(ref _fromB);
    };

    private static Func<Func<Thread?>> OnThread(Action action) => () =>
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return () => thread;
    };

    /// <summary>What comes of it once the lock is free again.</summary>
    private void ShouldBecome(string states) => SpinUntil(() => States(_run.GetSnapshot()) == states);
}
