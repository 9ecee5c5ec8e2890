using System.Runtime.InteropServices;

namespace AntFlow.Dataflow;

/// <summary>A link from a stage to the next place of its items: its target, and the counts of what has passed over it.</summary>
/// <remarks>The link itself is never written to, because the worker that passes an item on reads it outside the lock. The counts are in a separate object, which belongs to the target.</remarks>
/// <param name="target">The target of the link.</param>
/// <param name="tally">The counts of what has passed over it.</param>
/// <param name="from">The name of the stage it comes from.</param>
/// <param name="to">The name of the stage it leads to; null for the results.</param>
internal sealed class StageLink(IItemTarget target, LinkTally tally, string from, string? to = null)
{
    public string From { get; } = from;

    public string? To { get; } = to;

    public IItemTarget Target { get; } = target;

    public LinkTally Tally { get; } = tally;
}

/// <summary>How many items have passed over a link at one instant.</summary>
/// <param name="To">The name of the stage it leads to; null for the results.</param>
/// <param name="Passed">The number of items.</param>
internal readonly record struct LinkCounts(string? To, long Passed);

/// <summary>The counts of what has passed over a link. Guarded by the lock of the target: an item leaves one stage by arriving in the next one, so no instant lies between the two.</summary>
internal sealed class LinkTally
{
    private Counts _counts;

    /// <summary>The number of items that have passed over the link.</summary>
    public long Arrived => _counts.Arrived;

    /// <summary>How many of them were skipped by the stage they come from.</summary>
    public long Skipped => _counts.Skipped;

    /// <summary>How many of them came from the store, and not from a worker.</summary>
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

    // A cache line away from its neighbors in memory: the link, which is allocated together with it, is read by all workers that pass items on.
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
