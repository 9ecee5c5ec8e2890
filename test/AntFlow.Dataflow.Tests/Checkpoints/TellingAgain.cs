using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A stage that has to tell its success again: the item goes on behind it as it would have.</summary>
public sealed class TellingAgain
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly SteppedTime _time = new();

    private Pipeline<string, string> Make(Func<string, StageContext, Task<string>> next, List<string>? told = null) =>
        PipelineBuilder.Stage<string, string>("A", x => x + "a", configure: s => s.OnSuccess = (_, _) =>
            {
                told?.Add("A");
                return default;
            })
            .ThenWithContext("B", next, configure: s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(10)))
            .IdentifyBy(x => x)
            .WithTimeProvider(_time)
            .WithCheckpoints(_store, new CheckpointOptions { GiveUpAfter = TimeSpan.Zero })
            .Build();

    /// <summary>A start that ends with a failed attempt in B, and in which the note that A's OnSuccess was called got lost on its way to the store.</summary>
    private async Task LoseThatItWasToldAsync()
    {
        int fails = 1;
        _store.OnWritten = batch =>
        {
            if (batch.Steps.Any(step => step is { StageIndex: 0, IsNotified: false }))
                _store.Hold();
        };
        await using PipelineRun<string, string> run = Make(FailLaterAsync).Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Retrying == 1);
        _store.OnWritten = _ => { };
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && Interlocked.Exchange(ref fails, 0) == 1 ? new IOException("the disk is full") : null;
        _store.Release();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
        StoredItem row = (await _store.ReadItemsAsync("nightly").ToListAsync()).ShouldHaveSingleItem();
        (row.StageIndex, row.Attempts, row.LastStep!.IsNotified).ShouldBe((1, 1, false));

        // In a transaction of its own, behind that of what was told.
        async Task<string> FailLaterAsync(string item, StageContext context)
        {
            await Waiting.UntilAsync(() => _store.Held == 1);
            throw new InvalidOperationException("down");
        }
    }

    [Test]
    public async Task The_next_stage_goes_on_with_the_attempts_it_had_and_waits_for_what_is_left_of_the_delay()
    {
        await LoseThatItWasToldAsync();
        _time.Advance(TimeSpan.FromSeconds(4));
        List<string> told = [];
        var begun = new TaskCompletionSource<(int Attempt, DateTimeOffset At)>(TaskCreationOptions.RunContinuationsAsynchronously);
        DateTimeOffset resumed = _time.GetUtcNow();
        Task<PipelineReport<string>> running = Make((x, context) =>
        {
            begun.TrySetResult((context.Attempt, _time.GetUtcNow()));
            return Task.FromResult(x + "b");
        }, told).RunAsync(["x"], Lives.Nightly);

        PipelineReport<string> report = await _time.DriveAsync(running);

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xab");
        told.ShouldBe(["A"]);
        (int attempt, DateTimeOffset at) = await begun.Task;
        attempt.ShouldBe(2);
        // Timers are set in whole milliseconds, rounded up.
        (at - resumed).ShouldBeInRange(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(6.002));
    }
}
