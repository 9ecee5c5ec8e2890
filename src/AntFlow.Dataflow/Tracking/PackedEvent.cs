using System.Numerics;

namespace AntFlow.Dataflow;

/// <summary>An event in 16 bytes without references, so that the garbage collector need not scan a million of them.</summary>
/// <remarks>One thread writes it while others may read. They see either nothing or the whole event, because the word that marks it as present is written last.</remarks>
internal struct PackedEvent
{
    private const int AttemptBits = 16;
    private const int WorkerBits = 32;
    private const int StageShift = AttemptBits + WorkerBits;

    /// <summary>The bits for the greatest status plus one. They reduce the bits for the stage.</summary>
    public static readonly int StatusBits = BitOperations.Log2((uint)Enum.GetValues<ItemStatus>().Max() + 1) + 1;

    public static readonly int StageBits = 64 - StatusBits - AttemptBits - WorkerBits;

    private long _timestamp;

    // From the top: the status plus one, the stage, the attempt, the worker. Zero if there is no event.
    private ulong _what;

    public bool IsThere => Volatile.Read(ref _what) != 0;

    public readonly long ClockTimestamp => _timestamp;

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
        _timestamp = moment.ClockTimestamp;
        Volatile.Write(ref _what, what);
    }

    private readonly int Part(int shift, int bits) => (int)(_what >> shift) & ((1 << bits) - 1);
}
