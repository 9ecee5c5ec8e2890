using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Adds up a CRC-32C of the fields of a row (RFC 3720, appendix B.4: what disks and networks use, and processors compute).</summary>
internal struct Checksum
{
    private uint _crc;

    private Checksum(uint seed) => _crc = ~seed;

    public static uint Of(string text) => new Checksum(0).Add(text)._crc;

    /// <summary>The checksum of an item's row.</summary>
    public static uint Of(StoredItem item) => new Checksum(1)
        .Add(item.Key).Add(item.Id).Add(item.Sequence).Add(item.EntryStageIndex).Add(item.StageIndex).Add((int)item.State).Add(item.Priority).Add(item.Metadata.Span)
        .Add(item.TaskIndex).Add(item.Attempts).Add(item.Crashes).Add(item.CrashEpoch).Add(item.NextAttemptAt?.UtcTicks ?? 0).Add(item.Backoff.Ticks)
        .Add(item.Error.Span).Add(item.StoredAt.UtcTicks).AddSuspicion(item)._crc;

    /// <summary>The checksum of a finished stage, which is another one for a value of another shape.</summary>
    public static uint Of(StoredStep step, uint contract) => new Checksum(contract)
        .Add(step.Item).Add(step.StageIndex).Add(step.Value.Span).Add(step.Chunks).Add(step.Attempts).Add(step.IsSkipped ? 1 : 0).Add(step.IsTold ? 1 : 0)
        .Add(step.FinishedAt.UtcTicks).AddFormat(step.Format)._crc;

    public static uint Of(StoredChunk chunk) => new Checksum(2).Add(chunk.Item).Add(chunk.StageIndex).Add(chunk.Index).Add(chunk.Data.Span)._crc;

    public static uint Of(StoredOnce once) => new Checksum(3)
        .Add(once.Item).Add(once.Stage).Add(once.Key).Add(once.Generation).Add((int)once.State).Add(once.Answer.Span).Add(once.StoredAt.UtcTicks).Add(once.Contract)
        .AddFormat(once.Format)._crc;

    /// <summary>The checksum of what a pipeline looks like, whatever text it is written as.</summary>
    public static uint Of(PipelineDescription description)
    {
        Checksum sum = new Checksum(4).Add(description.Input ?? string.Empty);
        foreach (StageDescription stage in description.Stages)
            sum = sum.Add(stage.Name).Add(stage.Version is null ? 0 : 1).Add(stage.Version ?? string.Empty).Add(stage.Type).Add(stage.Contract);
        if (description.Format == ContractFormat.First)
            return sum._crc;
        sum = sum.Add(description.Format).Add(description.Input is null ? 0 : 1).Add(description.EarlierInputs);
        foreach (StageDescription stage in description.Stages)
            sum = sum.Add(stage.Earlier);
        foreach (AnswerContract answer in description.Answers ?? [])
            sum = sum.Add(answer.Contract).Add(answer.Shape);
        // Only where there are some: the descriptions without are as they were before there could be any.
        return (description.LostInputs is null ? sum : sum.Add(description.LostInputs))._crc;
    }

    // Only of suspects: the rows that version 1 of the stores has written have no such columns, and stay whole.
    private Checksum AddSuspicion(StoredItem item) => item is { Width: 0, LoneCrashes: 0 } ? this : Add(item.Width).Add(item.LoneCrashes);

    // Not of the first format, in which rows had no number.
    private Checksum AddFormat(int format) => format == ContractFormat.First ? this : Add(format);

    private Checksum Add(IReadOnlyList<EarlierContract>? earlier)
    {
        Checksum sum = Add(earlier?.Count ?? 0);
        foreach (EarlierContract contract in earlier ?? [])
            sum = sum.Add(contract.Format).Add(contract.Text);
        return sum;
    }

    private Checksum Add(long value)
    {
        _crc = BitOperations.Crc32C(_crc, (ulong)value);
        return this;
    }

    // With their length: what ends one field must not pass for the begin of the next.
    private Checksum Add(string text) => Add(MemoryMarshal.AsBytes(text.AsSpan()));

    private Checksum Add(ReadOnlySpan<byte> bytes)
    {
        Checksum sum = Add(bytes.Length);
        uint crc = sum._crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        sum._crc = crc;
        return sum;
    }
}
