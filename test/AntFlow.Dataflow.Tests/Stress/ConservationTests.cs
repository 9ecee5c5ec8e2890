using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Promise 1, and whatever else must hold at every moment of every run, over random pipelines, faults and interventions.</summary>
/// <remarks><c>ANTFLOW_SEED=n</c> plays the one plan of that seed; <c>ANTFLOW_LONG=1</c> plays 20,000, or as many as fit in 20 minutes; <c>ANTFLOW_CASES=n</c> plays the
/// first so many and ends at the first failure.</remarks>
[NonParallelizable]
internal sealed class ConservationTests
{
    private const int AtOnce = 3;

    private static readonly TimeSpan _longestCase = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("ANTFLOW_CASES") is null ? 25 : 12);

    private static readonly string[] _required =
    [
        .. Coverage.All<Fault>(), .. Coverage.All<Move>(), .. Coverage.All<ResultStatus>(), .. Coverage.All<Reading>(), .. Coverage.All<FeedShape>(),
        .. Coverage.All<RunShape>(), .. Coverage.All<Clock>(), .. Coverage.All<LogShape>(), .. Coverage.All<TrackShape>(), .. Coverage.All<DisplayShape>(),
        "ResultStatus.Abandoned", "Feed.closed", "Feed.canceled", "Feed.source threw", "Feed.refused", "Feed.null", "Feed.together", "Offer.accepted", "Offer.declined", "Run.canceled", "Run.input threw", "Stream.canceled", "Stream.input threw",
        "Stream.left", "Stream.read", "Reader.left", "Reader.canceled", "Snapshot.taken", "Callback.OnSuccess", "Callback.OnFailure", "Function.skipped",
        "Function.IdentifyBy gave nothing", "Throws.ShouldRetry", "Throws.DelayFor", "Throws.IsThrottle", "Throws.SkipIf", "Throws.SkipTo", "Throws.IdentifyBy",
        "Throws.OnSuccess", "Throws.OnFailure", "Throws.OnStatusChange", "Throws.OnStart", "Throws.OnUpdate", "Throws.OnFinish",
    ];

    [Test]
    public async Task Every_accepted_item_ends_in_exactly_one_result_whatever_happens()
    {
        var coverage = new Coverage();
        if (int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_SEED"), CultureInfo.InvariantCulture, out int only))
        {
            TestContext.Progress.WriteLine(PlanDrawing.Draw(only));
            string? failure = await PlayAsync(only, coverage);
            TestContext.Progress.WriteLine(coverage);
            Assert.That(failure, Is.Null);
            return;
        }

        bool isLong = Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1";
        bool isPart = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_CASES"), CultureInfo.InvariantCulture, out int part);
        int count = isPart ? part : isLong ? 20_000 : 380;
        var failures = new ConcurrentQueue<string>();
        int cases = await PlayAllAsync(count, TimeSpan.FromMinutes(isLong ? 20 : 5), isPart ? 1 : 5, coverage, failures);
        TestContext.Progress.WriteLine($"{cases} cases:{coverage}");
        Assert.That(failures.Count, Is.Zero, string.Join(Environment.NewLine, failures));
        if (!isPart)
            Assert.That(coverage.Missing(_required), Is.Empty, "not seen in the whole session");
    }

    private static async Task<int> PlayAllAsync(int cases, TimeSpan atMost, int mostFailures, Coverage coverage, ConcurrentQueue<string> failures)
    {
        long begin = Stopwatch.GetTimestamp();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (failures.Count < mostFailures && Stopwatch.GetElapsedTime(begin) < atMost && Interlocked.Increment(ref next) is var seed && seed <= cases)
            {
                if (await PlayAsync(seed, coverage) is { } failure)
                    failures.Enqueue(failure);
            }
        })));
        return Math.Min(next, cases);
    }

    private static async Task<string?> PlayAsync(int seed, Coverage coverage)
    {
        Plan plan = PlanDrawing.Draw(seed);
        var played = new Case(plan, coverage);
        string why;
        try
        {
            IReadOnlyCollection<string> violations = await played.PlayAsync().WaitAsync(_longestCase);
            if (violations.Count == 0)
                return null;
            why = string.Join(Environment.NewLine, violations.Take(10));
        }
        catch (TimeoutException)
        {
            played.GiveUp();
            why = $"It hangs. The last snapshot: {Describe(played.Last)}";
        }
        catch (Exception error)
        {
            why = error.ToString();
        }

        return $"ANTFLOW_SEED={seed}: {why}{Environment.NewLine}{plan}";
    }

    private static string Describe(PipelineSnapshot? last) =>
        last is null ? "none" : $"{last}{Environment.NewLine}{string.Join(Environment.NewLine, last.Stages)}{Environment.NewLine}{string.Join(Environment.NewLine, last.WorkerStates.Where(worker => worker.IsBusy))}";
}
