using System.Buffers.Binary;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The state of the database when a run was last owned, as 20 bytes: checksum (4), epoch (8), time of the last write in ticks (8). Little endian.</summary>
/// <param name="Epoch">The last opening.</param>
/// <param name="Written">The <c>written_at</c> of the run. It never decreases.</param>
internal readonly record struct OwnedMark(long Epoch, long Written)
{
    public const int Size = 20;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], Written);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, MarkSlot.Crc(bytes[4..Size]));
    }

    /// <summary>Reads the mark; zeros if there is none or it is torn.</summary>
    public static OwnedMark Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes) == MarkSlot.Crc(bytes[4..Size])
        ? new OwnedMark(BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]))
        : default;
}
