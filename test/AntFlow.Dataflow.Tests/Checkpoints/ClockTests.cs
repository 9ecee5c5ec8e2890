using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Starts of a run whose clocks do not agree.</summary>
public sealed class ClockTests
{
    private static readonly RetryPolicy _retry = RetryPolicy.Fixed(attempts: 3, TimeSpan.FromSeconds(100));

    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;

    public ClockTests() => _store = new FragileStore(_inner);

    /// <summary>A start that crashes when an item waits for its second attempt.</summary>
    private async Task DieWaitingAsync(SteppedTime time)
    {
        var job = new Job(_store) { Time = time, Retry = _retry, Body = (_, _, _) => throw new InvalidOperationException("down") };
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        bool isStored = false;
        _store.OnWritten = batch => isStored |= batch.Items.Any(item => item.Attempts == 1);
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => isStored);
        _store.Kill();
    }

    [TestCase(10)]
    [TestCase(5_000)]
    public async Task An_item_waits_no_longer_than_its_whole_delay_though_the_clock_was_set_back(int days)
    {
        var late = new SteppedTime();
        late.Advance(TimeSpan.FromDays(days));
        await DieWaitingAsync(late);

        var time = new SteppedTime();
        var again = new Job(_store) { Time = time, Retry = _retry };
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromSeconds(99));
        run.GetSnapshot().Retrying.ShouldBe(1);
        // A timer may be a little late.
        time.Advance(TimeSpan.FromSeconds(2));

        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task An_item_does_not_wait_any_more_once_the_clock_was_set_forward()
    {
        await DieWaitingAsync(new SteppedTime());
        var late = new SteppedTime();
        late.Advance(TimeSpan.FromDays(10));

        // Nothing moves the clock.
        PipelineReport<string> report = await new Job(_store) { Time = late, Retry = _retry }.RunAsync("x").InTime();

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task What_the_last_attempt_failed_with_and_when_the_next_is_due_are_stored()
    {
        var time = new SteppedTime();
        await DieWaitingAsync(time);

        InspectedItem item = (await new CheckpointInspector(_inner).GetItemsAsync("nightly", StoredItemState.Unfinished).ToListAsync()).ShouldHaveSingleItem();

        (item.Stage, item.Attempts, item.NextAttemptAt).ShouldBe(("A", 1, time.GetUtcNow() + TimeSpan.FromSeconds(100)));
        (item.Error!.OriginalType, item.Error.Message).ShouldBe((nameof(InvalidOperationException), "down"));
        item.Error.Details.ShouldContain(nameof(DieWaitingAsync));
    }
}
