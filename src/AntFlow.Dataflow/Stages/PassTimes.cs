namespace AntFlow.Dataflow;

/// <summary>How long items take in the tasks of a stage: how many of them took how long, by buckets, four to each power of two.</summary>
/// <remarks><para>Counted by the worker that hands an item on, without a lock. Workers share a few stripes, so that those of one core seldom wait for another one; a stripe is made
/// when the first of its workers comes.</para>
/// <para>Of passes of less than a millisecond a worker counts one in sixteen, for all sixteen: of short ones there are many, and counting each would cost more than all else that is
/// known of a stage.</para></remarks>
internal sealed class PassTimes(long ticksPerSecond)
{
    private const int Stripes = 4;
    private const int OneIn = 16;

    private readonly long _short = ticksPerSecond / 1000;

    private readonly long[]?[] _stripes = new long[]?[Stripes];

    /// <summary>Counts a pass.</summary>
    /// <param name="worker">The number of the worker.</param>
    /// <param name="nth">Its how many-th item this is, from 1.</param>
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
        // How long all took together comes last.
        Interlocked.Add(ref counts[^1], ticks * weight);
    }

    /// <summary>All that was counted so far.</summary>
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
