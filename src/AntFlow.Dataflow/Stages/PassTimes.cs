namespace AntFlow.Dataflow;

/// <summary>How long items take in the tasks of a stage: how many of them took how long, by buckets, four to each power of two.</summary>
/// <remarks>Counted by the worker that hands an item on, without a lock. Workers share a few stripes, so that those of one core seldom wait for another one; a stripe is made
/// when the first of its workers comes.</remarks>
internal sealed class PassTimes
{
    private const int Stripes = 4;

    private readonly long[]?[] _stripes = new long[]?[Stripes];

    public void Add(int worker, long ticks)
    {
        long[] counts = _stripes[worker % Stripes] ?? Make(worker % Stripes);
        Interlocked.Increment(ref counts[PassSpread.BucketOf(ticks)]);
    }

    /// <summary>All that was counted so far.</summary>
    public PassSpread Merge(double ticksPerSecond)
    {
        long[] sum = new long[PassSpread.Buckets];
        foreach (long[]? counts in _stripes)
        {
            if (counts is null)
                continue;
            for (int i = 0; i < sum.Length; i++)
                sum[i] += Volatile.Read(ref counts[i]);
        }

        return new PassSpread(sum, ticksPerSecond);
    }

    private long[] Make(int stripe) =>
        Interlocked.CompareExchange(ref _stripes[stripe], new long[PassSpread.Buckets], null) ?? _stripes[stripe]!;
}
