using System.Numerics;

namespace AntFlow.Dataflow;

/// <summary>The distribution of durations: how many are in each bucket. Immutable.</summary>
internal sealed class PassSpread
{
    /// <summary>Four for each power of two a timestamp can hold; the first four hold one value each.</summary>
    public const int Buckets = 4 * 62;

    private readonly long[] _counts;

    public PassSpread(long[] counts, double ticksPerSecond)
    {
        _counts = counts;
        TicksPerSecond = ticksPerSecond;
        foreach (long count in counts)
            Total += count;
    }

    /// <summary>The number of durations in each bucket.</summary>
    public IReadOnlyList<long> Counts => _counts;

    public double TicksPerSecond { get; }

    /// <summary>The number of durations.</summary>
    public long Total { get; }

    /// <summary>The sum of the durations.</summary>
    public long Ticks { get; init; }

    public static int BucketOf(long ticks)
    {
        // Stryker disable once Equality : the bucket of 4 is 4 in both ways.
        if (ticks < 4)
            return (int)Math.Max(0, ticks);
        int log = BitOperations.Log2((ulong)ticks);
        return (4 * (log - 1)) + (int)((ticks >> (log - 2)) & 3);
    }

    /// <summary>Returns the shortest duration of a bucket, in ticks.</summary>
    public static double LeastOf(int bucket) => bucket < 4 ? bucket : Math.ScaleB(4 + (bucket % 4), (bucket / 4) - 1);

    /// <summary>Returns the duration, in seconds, that a given share of the durations do not exceed: the middle of its bucket.</summary>
    /// <param name="share">The share, in (0, 1].</param>
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

    /// <summary>Returns the buckets that are not empty: their bounds, in seconds, and the number of durations in each.</summary>
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
