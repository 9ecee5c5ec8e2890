using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Promises 1 and 8 over the lives of a run: every accepted item ends in exactly one result, no finished stage is repeated, nothing that is done once is done twice.</summary>
/// <remarks><c>ANTFLOW_SEED=n</c> plays the one plan of that seed; <c>ANTFLOW_LONG=1</c> plays 20,000, or as many as fit in 20 minutes.</remarks>
[NonParallelizable]
internal sealed class SurvivalTests
{
    private const int AtOnce = 3;

    private static readonly string[] _storeCalls =
    [
        nameof(ICheckpointStore.OpenRunAsync), nameof(ICheckpointRun.WriteAsync), nameof(ICheckpointRun.FindItemAsync), nameof(ICheckpointRun.ReadItemsAsync),
        nameof(ICheckpointRun.FindStepAsync), nameof(ICheckpointRun.ReadChunksAsync), nameof(ICheckpointRun.ReadOncesAsync), nameof(ICheckpointRun.MarkStartedAsync),
        nameof(ICheckpointRun.ForgetInterruptedAsync),
    ];

    private static readonly TimeSpan _longestCase = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("ANTFLOW_CASES") is null ? 25 : 12);

    private static readonly string[] _required =
    [
        .. Coverage.All<LifeShape>(), .. Coverage.All<LifeEnd>(), .. Coverage.All<LifeFeedShape>(), .. Coverage.All<Deed>(), .. Coverage.All<ResultStatus>(),
        .. Enum.GetValues<Move>().Where(move => move < Move.Complete).Select(move => $"Move.{move}"),
        .. _storeCalls.SelectMany(method => new[] { $"{method}.fails before", $"{method}.fails after" }), "DisposeAsync.fails after",
        "Once.body", "Once.found", "Once.not found", "Once.again", "Once.answered again", "Once.forgotten", "Once.uncertain",
        "Resumed.items", "Resumed.not fed", "Resumed.attempts", "Resumed.delay", "PersistInput.brought back", "PersistInput.through", "Suspects.ran", "Suspects.ran together",
        "LifeEnd.as planned", "Stopped.after a failed attempt", "Stopped.throttled",
        "Snapshot.Saving", "Snapshot.Limited", "Snapshot.Held", "Snapshot.StoreFailingSince", "Function.skipped", "Callback.OnSuccess", "Callback.OnFailure", "Feed.closed", "Feed.refused",
        "Throws.SkipIf", "Throws.SkipTo", "Throws.ShouldRetry", "Throws.IsThrottle", "Throws.OnSuccess", "Throws.OnFailure", "Throws.find",
        "Failed.DuplicateItemException", "Failed.CheckpointException", "Failed.AttemptTimeoutException", "Failed.UncertainAnswerException", "Failed.ProcessCrashed, in an earlier life",
    ];

    [Test]
    public async Task No_life_repeats_what_an_earlier_one_has_finished_and_no_item_is_lost()
    {
        var coverage = new Coverage();
        bool isOne = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_SEED"), CultureInfo.InvariantCulture, out int only);
        bool isLong = Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1";
        bool isPart = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_CASES"), CultureInfo.InvariantCulture, out int part);
        int count = isPart ? part : isLong ? 20_000 : 400;
        int mostFailures = isPart ? 1 : 5;
        TimeSpan atMost = TimeSpan.FromMinutes(isLong ? 20 : 5);
        var failures = new ConcurrentQueue<string>();
        long begin = Stopwatch.GetTimestamp();
        int next = isOne ? only - 1 : 0;
        int last = isOne ? only : count;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (failures.Count < mostFailures && Stopwatch.GetElapsedTime(begin) < atMost && Interlocked.Increment(ref next) is var seed && seed <= last)
            {
                if (await PlayAsync(seed, coverage) is { } failure)
                    failures.Enqueue(failure);
            }
        })));
        TestContext.Progress.WriteLine($"{Math.Min(next, last)} cases in {Stopwatch.GetElapsedTime(begin).TotalSeconds:F0} s:{coverage}");
        Assert.That(failures.Count, Is.Zero, string.Join(Environment.NewLine, failures));
        if (!isOne && !isPart)
            Assert.That(coverage.Missing(_required), Is.Empty, "not seen in the whole session");
    }

    private static async Task<string?> PlayAsync(int seed, Coverage coverage)
    {
        SurvivalPlan plan = SurvivalDrawing.Draw(seed);
        var survivor = new Survivor(plan, coverage);
        string why;
        try
        {
            IReadOnlyCollection<string> violations = await survivor.PlayAsync().WaitAsync(_longestCase);
            if (violations.Count == 0)
                return null;
            why = string.Join(Environment.NewLine, violations.Take(10));
        }
        catch (TimeoutException)
        {
            survivor.GiveUp();
            why = survivor.Describe();
        }
        catch (Exception error)
        {
            why = error.ToString();
        }

        return $"ANTFLOW_SEED={seed}: {why}{Environment.NewLine}{plan}";
    }
}
