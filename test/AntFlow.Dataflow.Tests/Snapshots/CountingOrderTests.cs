using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>An item is counted where it moves, and in one step: whoever moves it is stopped just before, and what a snapshot shows there is the state it has not left.</summary>
/// <remarks>The test holds the lock of the stage, or of the results, that the item is on its way to. Who brings the item waits for that lock; the test has it and can take a
/// snapshot. It is not reentrant, so the snapshot takes all the locks but that one.</remarks>
public sealed class CountingOrderTests
{
    private readonly Gate<int> _gate = new();
    private readonly ScriptedTime _time = new();
    private readonly HookLogs _logs = new();
    private PipelineRun<int, int> _run = null!;

    [TearDown]
    public async Task EndAsync()
    {
        _gate.OpenForAll();
        await _run.DisposeAsync();
    }

    [Test]
    public void An_item_is_accepted_fed_and_queued_in_one_step([Values] bool is_watched)
    {
        Start(x => x, isWatched: is_watched);
        _run.Pause();
        States(WhileHeld(Way(0), OnThread(() => _run.TryFeedOne(1)))).ShouldBe("0 fed");

        ShouldBecome("1 fed: A queued");
    }

    [Test]
    public void An_item_that_is_being_announced_is_queued_already()
    {
        Start(x => x);
        var seen = new List<string>();
        _logs.OnLine = line =>
        {
            if (line.StartsWith("A: item #0 Queued", StringComparison.Ordinal))
                seen.Add(States(_run.GetSnapshot()));
        };
        _run.Pause();
        _run.TryFeedOne(1).ShouldBeTrue();

        seen.ShouldBe(["1 fed: A queued"]);
        ShouldBecome("1 fed: A queued");
    }

    [Test]
    public void An_item_on_its_way_to_the_next_stage_is_in_progress_until_it_is_queued_there()
    {
        Start(x => x);
        _run.Pause("B");
        FeedToBody(1);
        States(WhileHeld(Way(1), AfterBody(1, "B: item #0 Queued"))).ShouldBe("1 fed: A in progress");

        ShouldBecome("1 fed: A completed, B queued");
    }

    [Test]
    public void An_item_that_is_skipped_is_in_progress_until_it_is_queued_in_the_next_stage()
    {
        using var mayEnd = new ManualResetEventSlim();
        Start(x => x, s => s.SkipIf = x => mayEnd.Wait(TestKit.Waiting.Patience));
        _run.Pause("B");
        _run.TryFeedOne(1).ShouldBeTrue();
        States(WhileHeld(Way(1), OnLine("B: item #0 Queued", mayEnd.Set))).ShouldBe("1 fed: A in progress");

        ShouldBecome("1 fed: A skipped, B queued");
    }

    [Test]
    public void An_item_on_its_way_to_the_results_is_in_progress_until_it_is_one()
    {
        Start(x => x);
        FeedToBody(1);
        States(WhileHeld(_run.Core.Sink, AfterBody(1, "B: item #0 Completed"))).ShouldBe("1 fed: A completed, B in progress");

        ShouldBecome("1 fed: A completed, B completed, succeeded");
    }

    [Test]
    public void An_item_whose_attempt_has_failed_is_in_progress_until_it_waits_and_waits_until_it_is_queued()
    {
        Start(_ => throw new TimeoutException(), s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)));
        FeedToBody(1);
        States(WhileHeld(Way(0), AfterBody(1, "A: item #0 Retrying"))).ShouldBe("1 fed: A in progress");
        ShouldBecome("1 fed: A retrying");

        _run.Pause();
        SpinUntil(() => _time.Timers.Count == 1 && _time.Timers[0].Due is not null);
        _time.Advance(TimeSpan.FromHours(2));
        States(WhileHeld(Way(0), OnThread(_time.Timers[0].GoOff))).ShouldBe("1 fed: A retrying");
        ShouldBecome("1 fed: A queued");
    }

    [Test]
    public void An_item_that_fails_is_in_progress_until_it_is_counted_as_failed_and_that_is_before_it_is_a_result()
    {
        Start(_ => throw new TimeoutException(), s => s.Retry = RetryPolicy.None);
        FeedToBody(1);
        States(WhileHeld(Way(0), AfterBody(1, "A: item #0 Failed"))).ShouldBe("1 fed: A in progress");
        ShouldBecome("1 fed: A failed");

        FeedToBody(2);
        States(WhileHeld(_run.Core.Sink, AfterBody(2, "A: item #1 failed"))).ShouldBe("2 fed: A failed, A failed");
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

    private static void SpinUntil(Func<bool> condition) => SpinWait.SpinUntil(condition, TestKit.Waiting.Patience).ShouldBeTrue();

    /// <summary>Says in words where the items are. The states add up to those that were fed.</summary>
    private static string States(PipelineSnapshot now)
    {
        (now.Queued + now.Held + now.Limited + now.InProgress + now.Retrying + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled).ShouldBe(now.Fed);
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
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await _gate.PassAsync(x);
            return body(x);
        }, 1, configure).Then("B", x => x).WithTimeProvider(_time);
        _run = (isWatched ? builder.WithLogging(_logs) : builder).Build().Start();
    }

    private IItemTarget[] Targets => [.. _run.Core.Blocks.Select(stage => stage.Intake), _run.Core.Sink];

    private StageIntake Way(int index) => _run.Core.Blocks[index].Intake;

    private void FeedToBody(int item)
    {
        _run.TryFeedOne(item).ShouldBeTrue();
        SpinUntil(() => _gate.Arrivals.Contains(item));
    }

    /// <summary>Takes a snapshot while somebody waits for a lock that the test holds.</summary>
    /// <param name="target">Whose lock.</param>
    /// <param name="begin">Brings somebody on his way there; tells who it is, once that is known.</param>
    private PipelineSnapshot WhileHeld(IItemTarget target, Func<Func<Thread?>> begin)
    {
        target.EnterLock();
        try
        {
            Func<Thread?> find = begin();
            SpinUntil(() => find() is { } mover && mover.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            return _run.Core.GetSnapshot(Targets.Where(other => other != target));
        }
        finally
        {
            target.ExitLock();
        }
    }

    /// <summary>Who writes that line, on his way to the lock, once the item's body has ended.</summary>
    private Func<Func<Thread?>> AfterBody(int item, string line) => OnLine(line, () => _gate.Open(item));

    private Func<Func<Thread?>> OnLine(string line, Action go) => () =>
    {
        Thread? writer = null;
        _logs.OnLine = written =>
        {
            if (written.StartsWith(line, StringComparison.Ordinal))
                Volatile.Write(ref writer, Thread.CurrentThread);
        };
        go();
        return () => Volatile.Read(ref writer);
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
