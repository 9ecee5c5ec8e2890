using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>A mark as 512 bytes: checksum (4), length of the id (4), epoch (8), stage (4), the id. Little endian. An empty slot has epoch 0.</summary>
internal static class MarkSlot
{
    public const int Size = 512;

    /// <summary>How many bytes of a slot have to be cleared to empty it.</summary>
    public const int HeadSize = 16;
    private const int IdOffset = 20;

    /// <summary>Writes a mark.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Write(Span<byte> slot, in StartMark mark)
    {
        int length = AnyText.Write(mark.Id, slot[IdOffset..]);
        BinaryPrimitives.WriteInt32LittleEndian(slot[4..], length);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], mark.Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(slot[16..], mark.StageIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc(slot[4..(IdOffset + length)]));
        return IdOffset + length;
    }

    /// <summary>Reads a mark; null if the slot is empty or torn.</summary>
    public static StartMark? Read(ReadOnlySpan<byte> slot)
    {
        long epoch = BinaryPrimitives.ReadInt64LittleEndian(slot[8..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(slot[4..]);
        if (epoch < 1 || length < 0 || length > StartMark.MaxIdBytes || BinaryPrimitives.ReadUInt32LittleEndian(slot) != Crc(slot[4..(IdOffset + length)]))
            return null;
        return new StartMark(epoch, BinaryPrimitives.ReadInt32LittleEndian(slot[16..]), AnyText.Read(slot.Slice(IdOffset, length)));
    }

    /// <summary>CRC-32C.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (byte left in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, left);
        return ~crc;
    }
}
