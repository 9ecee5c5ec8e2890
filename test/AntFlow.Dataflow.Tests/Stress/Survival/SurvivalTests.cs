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

    private static readonly TimeSpan _longestCase = TimeSpan.FromSeconds(25);

    private static readonly string[] _required =
    [
        .. Coverage.All<LifeEnd>(), .. Coverage.All<Deed>(), .. Coverage.All<ResultStatus>(), "Killed.while saving", "Once.find", "Resumed", "Told", "Snapshot.Saving",
        "Failed.DuplicateItemException", "WriteAsync.fails before", "WriteAsync.fails after", "FindItemAsync.fails before", "ReadItemsAsync.fails before",
        "ReadOncesAsync.fails before", "MarkStartedAsync.fails before", "MarkStartedAsync.fails after", "OpenRunAsync.fails before",
    ];

    [Test]
    public async Task No_life_repeats_what_an_earlier_one_has_finished_and_no_item_is_lost()
    {
        var coverage = new Coverage();
        bool isOne = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_SEED"), CultureInfo.InvariantCulture, out int only);
        bool isLong = Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1";
        int count = isLong ? 20_000 : 600;
        TimeSpan atMost = TimeSpan.FromMinutes(isLong ? 20 : 5);
        var failures = new ConcurrentQueue<string>();
        long begin = Stopwatch.GetTimestamp();
        int next = isOne ? only - 1 : 0;
        int last = isOne ? only : count;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (failures.Count < 5 && Stopwatch.GetElapsedTime(begin) < atMost && Interlocked.Increment(ref next) is var seed && seed <= last)
            {
                if (await PlayAsync(seed, coverage) is { } failure)
                    failures.Enqueue(failure);
            }
        })));
        TestContext.Progress.WriteLine($"{Math.Min(next, last)} cases in {Stopwatch.GetElapsedTime(begin).TotalSeconds:F0} s:{coverage}");
        Assert.That(failures.Count, Is.Zero, string.Join(Environment.NewLine, failures));
        if (!isOne)
            Assert.That(coverage.Missing(_required), Is.Empty, "not seen in the whole session");
    }

    private static async Task<string?> PlayAsync(int seed, Coverage coverage)
    {
        var plan = SurvivalPlan.Draw(seed);
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
            why = "It hangs.";
        }
        catch (Exception error)
        {
            why = error.ToString();
        }

        return $"ANTFLOW_SEED={seed}: {why}{Environment.NewLine}{plan}";
    }
}
