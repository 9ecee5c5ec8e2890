namespace AntFlow.Dataflow;

/// <summary>An event in 16 bytes without references: a collector has nothing to look for in a million of them.</summary>
internal readonly struct PackedEvent(in ItemMoment moment)
{
    private const int StageBits = 13;
    private const int AttemptBits = 16;

    private readonly uint _kind = ((uint)moment.Status << (StageBits + AttemptBits))
        | ((uint)Math.Min(moment.StageIndex, (1 << StageBits) - 1) << AttemptBits)
        | (uint)Math.Min(moment.Attempt, ushort.MaxValue);

    public long Timestamp { get; } = moment.Timestamp;

    public int Worker { get; } = moment.WorkerIndex;

    public ItemStatus Status => (ItemStatus)(_kind >> (StageBits + AttemptBits));

    public int Stage => (int)((_kind >> AttemptBits) & ((1 << StageBits) - 1));

    public int Attempt => (int)(_kind & ushort.MaxValue);
}
