using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Values that are too large for one row.</summary>
internal sealed class LargeCases(OpenedFixture opened)
{
    private const int Others = 20;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.A_value_of_a_hundred_megabytes_holds_nothing_up_and_comes_back_whole()),
    ];

    private ICheckpointStore Store => opened.Store;

    public async Task A_value_of_a_hundred_megabytes_holds_nothing_up_and_comes_back_whole()
    {
        byte[] large = new byte[100_000_000];
        new Random(1).NextBytes(large);
        int pieces = 0;
        PipelineRun<int, int>? run = null;
        // Nothing fails before all pieces are written, so that the case does not wait forever for a store with a defect.
        string? early = null;
        var watched = new ChaosStore(Store);
        watched.Before = async call =>
        {
            if (call.Batch is not { } batch)
                return;
            batch.Chunks.Count.ShouldBeLessThanOrEqualTo(1, "other writes wait for one piece at most");
            if (batch.Chunks.Count == 0)
                return;
            // A piece that is being written waits here until the others have advanced as far as they can without the next write.
            pieces++;
            if (pieces == 10)
                await run!.FeedAsync(Enumerable.Range(1, Others)).InTime();
            if (pieces == 10)
                await UntilAsync(now => now.Stages[0].Saving == Others + 1);
            else if (pieces == 20)
                await UntilAsync(now => now.Succeeded + now.Stages[1].Saving == Others);
            else if (pieces == 30)
                await UntilAsync(now => now is { Succeeded: Others, Saving: 1 });
        };

        Task UntilAsync(Func<PipelineSnapshot, bool> isReached) => Waiting.UntilAsync(() =>
        {
            PipelineSnapshot now = run!.GetSnapshot();
            if (now.Failed > 0 || now.Phase >= RunPhase.Stopping)
                early ??= $"{now.Failed} items have failed at piece {pieces}, and the run is {now.Phase}";
            return early is not null || isReached(now);
        });

        Pipeline<int, int> pipeline = Make(watched, number => number == 0 ? large : [1], value => value.Length > 1 ? throw new InvalidOperationException("not yet") : value.Length);
        await using (run = pipeline.Start(new RunOptions { RunId = "nightly" }))
        {
            await run.FeedAsync([0]).InTime();
            await Waiting.UntilAsync(() => Volatile.Read(ref pieces) > 30 || early is not null || run.Completion.IsCompleted);
            run.Complete();
            PipelineReport<int> report = await run.Completion.InTime();
            early.ShouldBeNull(report.Errors.ToString());
            (report.SucceededCount, report.FailedCount).ShouldBe((Others, 1));
        }

        pieces.ShouldBeGreaterThan(500);
        await opened.ReopenAsync();
        byte[]? seen = null;
        Pipeline<int, int> again = Make(Store, _ => throw new InvalidOperationException("a finished stage was run again"), value => (seen = value).Length);

        (await again.RunAsync([0], new RunOptions { RunId = "nightly" }).InTime()).SucceededCount.ShouldBe(1);

        seen.AsSpan().SequenceEqual(large).ShouldBeTrue();
    }

    private static Pipeline<int, int> Make(ICheckpointStore store, Func<int, byte[]> load, Func<byte[], int> use) => PipelineBuilder
        .Stage("Load", load, workers: Others, s => s.Retry = RetryPolicy.None)
        .Then("Use", use, workers: Others, s => s.Retry = RetryPolicy.None)
        .IdentifyBy(number => number)
        // Below the limit: a larger value is saved alone, and others wait for it.
        .WithCheckpoints(store, new CheckpointOptions { ResumeFailed = true, MaxSavingBytes = 512 << 20 })
        .Build();

    private static ConformanceCase Case(Func<LargeCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Large", opened => run(new LargeCases(opened)), call);
}
