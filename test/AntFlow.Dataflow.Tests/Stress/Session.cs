using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Plays the cases of a property, a few at once, and asks that they have met all that the property is about.</summary>
/// <remarks>
/// <para>A session plays the number of cases it was given, and then as many more as it takes to meet what is required: what a case meets depends on the order in which threads run, too,
/// so that no number of cases meets all of it for certain. What is not met by ten times the number, or within the time of a session, fails it.</para>
/// <para><c>ANTFLOW_SEED=n</c> plays the one case of that seed; <c>ANTFLOW_LONG=1</c> plays 20,000, or as many as fit in 20 minutes; <c>ANTFLOW_CASES=n</c> plays the first so many, ends at
/// the first failure, and requires nothing.</para>
/// </remarks>
internal sealed class Session(int cases, string[] required)
{
    private const int AtOnce = 3;
    private const int MostCases = 10;

    private readonly Coverage _coverage = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly int? _only = Read("ANTFLOW_SEED");
    private readonly int? _part = Read("ANTFLOW_CASES");
    private readonly bool _isLong = Environment.GetEnvironmentVariable("ANTFLOW_LONG") == "1";
    private readonly long _begin = Stopwatch.GetTimestamp();

    private int _next;

    public async Task PlayAsync<TPlan>(Func<int, TPlan> draw, Func<TPlan, Coverage, IPlayedCase> playing)
        where TPlan : class
    {
        if (_only is { } seed)
        {
            TestContext.Progress.WriteLine(draw(seed));
            await PlayOneAsync(seed, draw, playing);
        }
        else
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
            {
                while (GoesOn(out int next))
                    await PlayOneAsync(next, draw, playing);
            })));
        }

        TestContext.Progress.WriteLine($"{_next} cases in {Stopwatch.GetElapsedTime(_begin).TotalSeconds:F0} s:{_coverage}");
        Assert.That(_failures.Count, Is.Zero, string.Join(Environment.NewLine, _failures));
        if (_only is null && _part is null)
            Assert.That(_coverage.Missing(required), Is.Empty, "not seen in the whole session");
    }

    private bool GoesOn(out int seed)
    {
        seed = 0;
        int count = _part ?? (_isLong ? 20_000 : cases);
        if (_failures.Count >= (_part is null ? 5 : 1) || Stopwatch.GetElapsedTime(_begin) >= TimeSpan.FromMinutes(_isLong ? 20 : 5))
            return false;
        int played = Volatile.Read(ref _next);
        if (played >= count && (_part is not null || played >= MostCases * count || _coverage.Missing(required).Count == 0))
            return false;
        seed = Interlocked.Increment(ref _next);
        return true;
    }

    private async Task PlayOneAsync<TPlan>(int seed, Func<int, TPlan> draw, Func<TPlan, Coverage, IPlayedCase> playing)
        where TPlan : class
    {
        TPlan plan = draw(seed);
        IPlayedCase played = playing(plan, _coverage);
        string why;
        try
        {
            IReadOnlyCollection<string> violations = await played.PlayAsync().WaitAsync(TimeSpan.FromSeconds(_part is null ? 25 : 12));
            if (violations.Count == 0)
                return;
            why = string.Join(Environment.NewLine, violations.Take(10));
        }
        catch (TimeoutException)
        {
            played.GiveUp();
            why = $"It hangs. {played.Describe()}";
        }
        catch (Exception error)
        {
            why = error.ToString();
        }

        _failures.Enqueue($"ANTFLOW_SEED={seed}: {why}{Environment.NewLine}{plan}");
    }

    private static int? Read(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : null;
}
