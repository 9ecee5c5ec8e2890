using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Computes a CRC-32C of the fields of a row (RFC 3720, appendix B.4: the one that disks and networks use and that processors support).</summary>
internal struct Checksum
{
    private uint _crc;

    private Checksum(uint seed) => _crc = ~seed;

    public static uint Of(string text) => new Checksum(0).Add(text)._crc;

    /// <summary>The checksum of an item's row.</summary>
    public static uint Of(StoredItem item) => new Checksum(1)
        .Add(item.Key).Add(item.Id).Add(item.Sequence).Add(item.EntryStageIndex).Add(item.StageIndex).Add((int)item.State).Add(item.Priority).Add(item.Metadata.Span)
        .Add(item.TaskIndex).Add(item.Attempts).Add(item.Crashes).Add(item.CrashEpoch).Add(item.NextAttemptAt?.UtcTicks ?? 0).Add(item.Backoff.Ticks)
        .Add(item.Error.Span).Add(item.StoredAt.UtcTicks).AddSuspicion(item).AddValueStage(item)._crc;

    /// <summary>The checksum of a finished stage; it differs for values of different shapes.</summary>
    public static uint Of(StoredStep step, uint contract) => new Checksum(contract)
        .Add(step.Item).Add(step.StageIndex).Add(step.Value.Span).Add(step.Chunks).Add(step.Attempts).Add(step.IsSkipped ? 1 : 0).Add(step.IsNotified ? 1 : 0)
        .Add(step.FinishedAt.UtcTicks).AddFormat(step.Format)._crc;

    public static uint Of(StoredChunk chunk) => new Checksum(2).Add(chunk.Item).Add(chunk.StageIndex).Add(chunk.Index).Add(chunk.Data.Span)._crc;

    public static uint Of(StoredOnce once) => new Checksum(3)
        .Add(once.Item).Add(once.Stage).Add(once.Key).Add(once.Generation).Add((int)once.State).Add(once.Answer.Span).Add(once.StoredAt.UtcTicks).Add(once.Contract)
        .AddFormat(once.Format)._crc;

    /// <summary>The checksum of the description of a pipeline, whatever text it is written as.</summary>
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
        // Only if there are any, so that descriptions without them keep the checksum from before this field existed.
        if (description.LostInputs is not null)
            sum = sum.Add(description.LostInputs);
        foreach ((int index, StageDescription stage) in description.Stages.Index())
        {
            if (stage.Kind is not null)
                sum = sum.Add(index).Add(stage.Kind);
            if (stage.Links is not null)
                sum = stage.Links.Aggregate(sum.Add(index), static (links, link) => links.Add(link));
        }

        return sum._crc;
    }

    // Only for suspects: rows that version 1 of the stores has written have no such columns, and must stay valid.
    private Checksum AddSuspicion(StoredItem item) => item is { MaxConcurrentSuspects: 0, LoneCrashes: 0 } ? this : Add(item.MaxConcurrentSuspects).Add(item.LoneCrashes);

    // Only behind a switch: rows that versions 1 and 2 of the stores have written have no such column, and must stay valid.
    private Checksum AddValueStage(StoredItem item) => item.ValueStageIndex is { } stage ? Add(5).Add(stage) : this;

    // Not for the first format, in which rows had no number.
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

    // Includes the length, so that different fields cannot form the same bytes.
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
