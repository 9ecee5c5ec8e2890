using System.Runtime.InteropServices;

namespace AntFlow.Dataflow;

/// <summary>A way from a stage to where its items go next: what it leads to, and what has come over it.</summary>
/// <remarks>The link itself is never written to, because whoever hands an item on reads it outside the lock: what is counted is apart, in an object of the target.</remarks>
/// <param name="target">Where it leads.</param>
/// <param name="tally">What has come over it.</param>
/// <param name="to">The name of the stage it leads to; null for the results.</param>
internal sealed class StageLink(IItemTarget target, LinkTally tally, string? to = null)
{
    public string? To { get; } = to;

    public IItemTarget Target { get; } = target;

    public LinkTally Tally { get; } = tally;
}

/// <summary>How many items have come over a link at one instant.</summary>
/// <param name="To">The name of the stage it leads to; null for the results.</param>
/// <param name="Passed">How many items.</param>
internal readonly record struct LinkCounts(string? To, long Passed);

/// <summary>What has come over a link. Guarded by the lock of the target: an item leaves one stage by arriving in the next one, so no instant lies between the two.</summary>
internal sealed class LinkTally
{
    private Counts _counts;

    /// <summary>How many items have come over it.</summary>
    public long Arrived => _counts.Arrived;

    /// <summary>How many of them were skipped by the stage they come from.</summary>
    public long Skipped => _counts.Skipped;

    /// <summary>How many of them came from the store, and not out of a worker's hands.</summary>
    public long FromStore => _counts.FromStore;

    /// <summary>Counts an item that arrives.</summary>
    public void Count(bool isSkipped, bool isFromStore)
    {
        _counts.Arrived++;
        if (isSkipped)
            _counts.Skipped++;
        if (isFromStore)
            _counts.FromStore++;
    }

    // A cache line away from whatever is beside it in memory: the link, which is made together with it, is read by all who hand on.
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Counts
    {
        [FieldOffset(64)]
        public long Arrived;

        [FieldOffset(72)]
        public long Skipped;

        [FieldOffset(80)]
        public long FromStore;
    }
}
