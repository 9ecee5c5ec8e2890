using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Converts rows to records. The columns are listed here, in the order in which they are read.</summary>
internal static class RowReading
{
    /// <summary>The columns of an item <c>i</c>, and of the step <c>s</c> with whose value it continues.</summary>
    public const string ItemColumns =
        "i.key, i.id, i.sequence, i.entry_stage, i.stage, i.state, i.priority, i.metadata, i.task, i.attempts, i.crashes, i.crash_epoch, i.next_attempt_at, i.backoff, i.error, "
        + "i.stored_at, i.checksum, i.width, i.lone_crashes, i.value_stage, " + StepColumns;

    /// <summary>The columns of a step <c>s</c>.</summary>
    public const string StepColumns = "s.item, s.stage, s.value, s.chunks, s.attempts, s.is_skipped, s.is_told, s.finished_at, s.checksum, s.format";

    private const int StepAt = 20;

    public static StoredItem ReadItem(NpgsqlDataReader row) => new()
    {
        Key = row.GetInt64(0),
        Id = StoredText.Unescape(row.GetString(1)),
        Sequence = row.GetInt64(2),
        EntryStageIndex = row.GetInt32(3),
        StageIndex = row.GetInt32(4),
        State = (StoredItemState)row.GetInt16(5),
        Priority = row.GetInt32(6),
        Metadata = Bytes(row, 7),
        TaskIndex = row.GetInt32(8),
        Attempts = row.GetInt32(9),
        Crashes = row.GetInt32(10),
        CrashEpoch = row.GetInt64(11),
        NextAttemptAt = row.IsDBNull(12) ? null : Instant(row, 12),
        Backoff = TimeSpan.FromTicks(row.GetInt64(13)),
        Error = Bytes(row, 14),
        StoredAt = Instant(row, 15),
        Checksum = unchecked((uint)row.GetInt32(16)),
        MaxConcurrentSuspects = row.GetInt32(17),
        LoneCrashes = row.GetInt32(18),
        ValueStageIndex = row.IsDBNull(19) ? null : row.GetInt32(19),
        LastStep = row.IsDBNull(StepAt) ? null : ReadStep(row, StepAt),
    };

    public static StoredStep ReadStep(NpgsqlDataReader row) => ReadStep(row, 0);

    public static StoredChunk ReadChunk(NpgsqlDataReader row) => new()
    {
        Item = row.GetInt64(0),
        StageIndex = row.GetInt32(1),
        Index = row.GetInt32(2),
        Data = Bytes(row, 3),
        Checksum = unchecked((uint)row.GetInt32(4)),
    };

    public static StoredOnce ReadOnce(NpgsqlDataReader row) => new()
    {
        Item = row.GetInt64(0),
        Stage = StoredText.Unescape(row.GetString(1)),
        Key = StoredText.Unescape(row.GetString(2)),
        Generation = row.GetInt32(3),
        State = (StoredOnceState)row.GetInt16(4),
        Answer = Bytes(row, 5),
        StoredAt = Instant(row, 6),
        Contract = unchecked((uint)row.GetInt32(7)),
        Checksum = unchecked((uint)row.GetInt32(8)),
        Format = row.GetInt32(9),
    };

    private static StoredStep ReadStep(NpgsqlDataReader row, int at) => new()
    {
        Item = row.GetInt64(at),
        StageIndex = row.GetInt32(at + 1),
        Value = Bytes(row, at + 2),
        Chunks = row.GetInt32(at + 3),
        Attempts = row.GetInt32(at + 4),
        IsSkipped = row.GetBoolean(at + 5),
        IsNotified = row.GetBoolean(at + 6),
        FinishedAt = Instant(row, at + 7),
        Checksum = unchecked((uint)row.GetInt32(at + 8)),
        Format = row.GetInt32(at + 9),
    };

    private static ReadOnlyMemory<byte> Bytes(NpgsqlDataReader row, int at) => row.GetFieldValue<byte[]>(at);

    private static DateTimeOffset Instant(NpgsqlDataReader row, int at) => new(row.GetInt64(at), TimeSpan.Zero);
}
