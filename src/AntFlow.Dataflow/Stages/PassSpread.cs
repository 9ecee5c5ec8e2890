using System.Numerics;

namespace AntFlow.Dataflow;

/// <summary>How durations are spread: how many lie in which bucket. Immutable.</summary>
internal sealed class PassSpread
{
    /// <summary>Four to each power of two a timestamp can hold; the first four hold one value each.</summary>
    public const int Buckets = 4 * 62;

    private readonly long[] _counts;

    public PassSpread(long[] counts, double ticksPerSecond)
    {
        _counts = counts;
        TicksPerSecond = ticksPerSecond;
        foreach (long count in counts)
            Total += count;
    }

    /// <summary>How many durations lie in each bucket.</summary>
    public IReadOnlyList<long> Counts => _counts;

    public double TicksPerSecond { get; }

    /// <summary>How many durations there are.</summary>
    public long Total { get; }

    /// <summary>How long all of them took together.</summary>
    public long Ticks { get; init; }

    public static int BucketOf(long ticks)
    {
        // Stryker disable once Equality : the bucket of 4 is 4 in both ways.
        if (ticks < 4)
            return (int)Math.Max(0, ticks);
        int log = BitOperations.Log2((ulong)ticks);
        return (4 * (log - 1)) + (int)((ticks >> (log - 2)) & 3);
    }

    /// <summary>The least duration in a bucket, in ticks.</summary>
    public static double LeastOf(int bucket) => bucket < 4 ? bucket : Math.ScaleB(4 + (bucket % 4), (bucket / 4) - 1);

    /// <summary>The duration, in seconds, that a share of all do not exceed: the middle of its bucket.</summary>
    /// <param name="share">The share, of (0, 1].</param>
    public double GetQuantile(double share)
    {
        double rank = Math.Ceiling(share * Total);
        long passed = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            passed += _counts[bucket];
            if (passed >= rank && passed > 0)
                return MiddleOf(bucket);
        }

        return 0;
    }

    /// <summary>The buckets that are not empty: their bounds, in seconds, and how many durations lie in each.</summary>
    public IEnumerable<(double Least, double Most, double Count)> GetBuckets()
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            if (_counts[bucket] > 0)
                yield return (LeastOf(bucket) / TicksPerSecond, (bucket < 4 ? bucket : LeastOf(bucket + 1)) / TicksPerSecond, _counts[bucket]);
        }
    }

    private double MiddleOf(int bucket) => (bucket < 4 ? bucket : (LeastOf(bucket) + LeastOf(bucket + 1)) / 2) / TicksPerSecond;
}
