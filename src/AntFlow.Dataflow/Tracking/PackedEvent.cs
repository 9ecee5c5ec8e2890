using System.Numerics;

namespace AntFlow.Dataflow;

/// <summary>An event in 16 bytes without references: a collector has nothing to look for in a million of them.</summary>
/// <remarks>One thread writes it; others may look at the same time. They see nothing or all of it, because the word that says it is there is written last.</remarks>
internal struct PackedEvent
{
    private const int AttemptBits = 16;
    private const int WorkerBits = 32;
    private const int StageShift = AttemptBits + WorkerBits;

    /// <summary>As many as the greatest status needs, which is stored plus one. What they take is missing at the stage.</summary>
    public static readonly int StatusBits = BitOperations.Log2((uint)Enum.GetValues<ItemStatus>().Max() + 1) + 1;

    public static readonly int StageBits = 64 - StatusBits - AttemptBits - WorkerBits;

    private long _timestamp;

    // From the top: the status plus one, the stage, the attempt, the worker. Zero if there is no event.
    private ulong _what;

    public bool IsThere => Volatile.Read(ref _what) != 0;

    public readonly long Timestamp => _timestamp;

    public readonly int Worker => (int)(uint)_what;

    public readonly ItemStatus Status => (ItemStatus)(Part(64 - StatusBits, StatusBits) - 1);

    public readonly int Stage => Part(StageShift, StageBits);

    public readonly int Attempt => Part(WorkerBits, AttemptBits);

    public void Write(in ItemMoment moment)
    {
        ulong what = (ulong)moment.Status + 1;
        what = (what << StageBits) | (uint)Math.Min(moment.StageIndex, (1 << StageBits) - 1);
        what = (what << AttemptBits) | (uint)Math.Min(moment.Attempt, (1 << AttemptBits) - 1);
        what = (what << WorkerBits) | (uint)moment.WorkerIndex;
        _timestamp = moment.Timestamp;
        Volatile.Write(ref _what, what);
    }

    private readonly int Part(int shift, int bits) => (int)(_what >> shift) & ((1 << bits) - 1);
}
