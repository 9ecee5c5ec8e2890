using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>Over random answers (unstorable, changed between runs, large, damaged, late), random kills and a store that fails: a body runs once per generation, unless a crash lies between its
/// begin and its answer, or it has failed, and nothing else is said. The books of the provider prove it.</summary>
/// <remarks><c>ANTFLOW_SEED=n</c> plays the one plan of that seed; <c>ANTFLOW_LONG=1</c> plays 20,000, or as many as fit in 20 minutes.</remarks>
[NonParallelizable]
internal sealed class OncePropertyTests
{
    private const int AtOnce = 3;

    private static readonly TimeSpan _longestCase = TimeSpan.FromSeconds(25);

    private static readonly string[] _required =
    [
        .. Coverage.All<OnceDeed>(), .. Coverage.All<BodyDeed>(), .. Coverage.All<RunEnd>(), .. Coverage.All<StoredOnceState>(),
        "Create.again after a failure", "Create.again in a later run", "Find.found", "Find.nothing", "Answer.again", "Once.nested", "Once.forgotten",
        "Final.changed", "Final.unsaved", "Final.unsaved earlier", "Damaged.Answered", "Damaged.Begun", "Damaged.Unsaved", "Store.fails before", "Store.fails after",
    ];

    [Test]
    public async Task A_body_runs_once_unless_a_crash_or_a_failure_leaves_it_open()
    {
        var coverage = new Coverage();
        bool isOne = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_SEED"), CultureInfo.InvariantCulture, out int only);
        bool isLong = Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1";
        bool isPart = int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_CASES"), CultureInfo.InvariantCulture, out int part);
        int count = isPart ? part : isLong ? 20_000 : 500;
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
        if (!isOne && !isPart)
            Assert.That(coverage.Missing(_required), Is.Empty, "not seen in the whole session");
    }

    private static async Task<string?> PlayAsync(int seed, Coverage coverage)
    {
        var plan = OncePlan.Draw(seed);
        var player = new OncePlayer(plan, coverage);
        string why;
        try
        {
            IReadOnlyCollection<string> violations = await player.PlayAsync().WaitAsync(_longestCase);
            if (violations.Count == 0)
                return null;
            why = string.Join(Environment.NewLine, violations.Take(10));
        }
        catch (TimeoutException)
        {
            player.GiveUp();
            why = player.Describe();
        }
        catch (Exception error)
        {
            why = error.ToString();
        }

        return $"ANTFLOW_SEED={seed}: {why}{Environment.NewLine}{plan}";
    }
}
