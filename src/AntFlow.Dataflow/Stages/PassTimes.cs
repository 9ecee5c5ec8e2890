namespace AntFlow.Dataflow;

/// <summary>Measures how long items take in the tasks of a stage: the number of items per duration, in buckets, four for each power of two.</summary>
/// <remarks><para>The worker that passes an item on counts it, without a lock. Workers share a few stripes, so that workers on one core seldom wait for another core; a stripe is made
/// when its first worker counts.</para>
/// <para>Of passes shorter than a millisecond, a worker counts one in sixteen, with the weight of sixteen: short passes are many, and counting each would cost more than all the other
/// counts of a stage.</para></remarks>
internal sealed class PassTimes(long ticksPerSecond)
{
    private const int Stripes = 4;
    private const int OneIn = 16;

    private readonly long _short = ticksPerSecond / 1000;

    private readonly long[]?[] _stripes = new long[]?[Stripes];

    /// <summary>Counts a pass.</summary>
    /// <param name="worker">The number of the worker.</param>
    /// <param name="nth">The ordinal number of this item among those of the worker, from 1.</param>
    /// <param name="ticks">How long it took.</param>
    public void Add(int worker, long nth, long ticks)
    {
        int weight = 1;
        if (ticks < _short)
        {
            if (nth % OneIn != 1)
                return;
            weight = OneIn;
        }

        long[] counts = _stripes[worker % Stripes] ?? Make(worker % Stripes);
        Interlocked.Add(ref counts[PassSpread.BucketOf(ticks)], weight);
        // The sum of the durations is in the last cell.
        Interlocked.Add(ref counts[^1], ticks * weight);
    }

    /// <summary>Returns everything counted so far.</summary>
    public PassSpread Merge(double ticksPerSecond)
    {
        long[] sum = new long[PassSpread.Buckets];
        long ticks = 0;
        foreach (long[]? counts in _stripes)
        {
            if (counts is null)
                continue;
            for (int i = 0; i < sum.Length; i++)
                sum[i] += Volatile.Read(ref counts[i]);
            ticks += Volatile.Read(ref counts[^1]);
        }

        return new PassSpread(sum, ticksPerSecond) { Ticks = ticks };
    }

    private long[] Make(int stripe) =>
        Interlocked.CompareExchange(ref _stripes[stripe], new long[PassSpread.Buckets + 1], null) ?? _stripes[stripe]!;
}
