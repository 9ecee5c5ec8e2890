using System.Buffers.Binary;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The epoch whose process ended as planned, as 12 bytes: checksum (4), epoch (8). Little endian. A torn mark is ignored, and the end counts as a crash.</summary>
internal static class PlannedEndMark
{
    public const int Size = 12;

    public static void Write(Span<byte> bytes, long epoch)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, MarkSlot.Crc(bytes[4..Size]));
    }

    /// <summary>Reads the mark; 0 if there is none.</summary>
    public static long Read(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == MarkSlot.Crc(bytes[4..Size]) ? BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]) : 0;
}
