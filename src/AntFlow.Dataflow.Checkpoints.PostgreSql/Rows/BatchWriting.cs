using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Writes a batch in one round trip: all commands form one transaction, and each table takes one statement over arrays.</summary>
internal static partial class BatchWriting
{
    // Locks the run until the end of the transaction, and checks its owner and whether it is as this session left it: a write of an older session of the same owner may arrive late.
    // All following statements check whether this transaction touched the run, so that nothing is written if the first statement found nothing.
    private const string Touch = """
        UPDATE runs SET written_at = greatest(clock_timestamp(), written_at + interval '1 microsecond'), description = coalesce($3, description)
        WHERE number = $1 AND epoch = $2 AND written_at = $4 RETURNING written_at
        """;

    private const string IfMine = "WHERE EXISTS (SELECT FROM runs WHERE number = $1 AND epoch = $2 AND xmin = pg_current_xact_id()::xid)";

    private const string Items = $"""
        INSERT INTO items
            (run, key, id, sequence, entry_stage, stage, state, priority, metadata, task, attempts, crashes, crash_epoch, next_attempt_at, backoff, error, stored_at, checksum, width, lone_crashes,
            value_stage)
        SELECT $1, t.* FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) AS t {IfMine}
        ON CONFLICT (run, key) DO UPDATE SET id = excluded.id, sequence = excluded.sequence, entry_stage = excluded.entry_stage, stage = excluded.stage, state = excluded.state,
            priority = excluded.priority, metadata = excluded.metadata, task = excluded.task, attempts = excluded.attempts, crashes = excluded.crashes,
            crash_epoch = excluded.crash_epoch, next_attempt_at = excluded.next_attempt_at, backoff = excluded.backoff, error = excluded.error, stored_at = excluded.stored_at,
            checksum = excluded.checksum, width = excluded.width, lone_crashes = excluded.lone_crashes, value_stage = excluded.value_stage
        """;

    private const string Steps = $"""
        INSERT INTO steps (run, item, stage, value, chunks, attempts, is_skipped, is_told, finished_at, checksum, format)
        SELECT $1, t.* FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS t {IfMine}
        ON CONFLICT (run, item, stage) DO UPDATE SET value = excluded.value, chunks = excluded.chunks, attempts = excluded.attempts, is_skipped = excluded.is_skipped,
            is_told = excluded.is_told, finished_at = excluded.finished_at, checksum = excluded.checksum, format = excluded.format
        """;

    private const string Chunks = $"""
        INSERT INTO chunks (run, item, stage, index, data, checksum)
        SELECT $1, t.* FROM unnest($3, $4, $5, $6, $7) AS t {IfMine}
        ON CONFLICT (run, item, stage, index) DO UPDATE SET data = excluded.data, checksum = excluded.checksum
        """;

    private const string Onces = $"""
        INSERT INTO onces (run, item, name_hash, stage, key, generation, state, answer, stored_at, contract, checksum, format)
        SELECT $1, t.* FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS t {IfMine}
        ON CONFLICT (run, item, name_hash) DO UPDATE SET generation = excluded.generation, state = excluded.state, answer = excluded.answer,
            stored_at = excluded.stored_at, contract = excluded.contract, checksum = excluded.checksum, format = excluded.format
        """;

    /// <summary>Writes the batch.</summary>
    /// <returns>When it was written, by the clock of the server; null if nothing was written because another owner has the run or it was changed meanwhile.</returns>
    public static async ValueTask<DateTime?> WriteAsync(
        NpgsqlConnection connection, int run, long epoch, DateTime lastWrittenAt, CheckpointBatch batch, CancellationToken cancellationToken)
    {
        using NpgsqlBatch commands = connection.CreateBatch();
        commands.Add(
            Touch,
            Commands.Of(run),
            Commands.Of((int)epoch),
            Commands.Of(batch.Description is null ? null : StoredText.Escape(batch.Description)),
            Commands.Of(lastWrittenAt));
        if (batch.Items.Count > 0)
            commands.Add(Items, [Commands.Of(run), Commands.Of((int)epoch), .. ColumnsOf(batch.Items)]);
        if (batch.Steps.Count > 0)
            commands.Add(Steps, [Commands.Of(run), Commands.Of((int)epoch), .. ColumnsOf(batch.Steps)]);
        if (batch.Chunks.Count > 0)
            commands.Add(Chunks, [Commands.Of(run), Commands.Of((int)epoch), .. ColumnsOf(batch.Chunks)]);
        if (batch.Onces.Count > 0)
            commands.Add(Onces, [Commands.Of(run), Commands.Of((int)epoch), .. ColumnsOf(batch.Onces)]);
        DateTime? writtenAt = await ReadWrittenAtAsync(commands, at: 0, cancellationToken).ConfigureAwait(false);
        Broken("late-write-of-an-old-owner-at-a-server-counts", ref writtenAt, writtenAt ?? lastWrittenAt);
        return writtenAt;
    }

    /// <summary>Runs a batch of commands, one of which touches the run.</summary>
    /// <returns>When it was written; null if that command found no run.</returns>
    public static async ValueTask<DateTime?> ReadWrittenAtAsync(NpgsqlBatch commands, int at, CancellationToken cancellationToken)
    {
        NpgsqlDataReader reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            for (int result = 0; result < at; result++)
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            DateTime? writtenAt = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetDateTime(0) : null;
            // The error of a later command arrives with its result.
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return writtenAt;
        }
    }

    private static NpgsqlParameter[] ColumnsOf(IReadOnlyList<StoredItem> items) =>
    [
        Column(items, item => item.Key),
        Column(items, item => StoredText.Escape(item.Id)),
        Column(items, item => item.Sequence),
        Column(items, item => item.EntryStageIndex),
        Column(items, item => item.StageIndex),
        Column(items, item => (short)item.State),
        Column(items, item => item.Priority),
        Bytes(items, item => item.Metadata),
        Column(items, item => item.TaskIndex),
        Column(items, item => item.Attempts),
        Column(items, item => item.Crashes),
        Column(items, item => item.CrashEpoch),
        Column(items, item => item.NextAttemptAt?.UtcTicks),
        Column(items, item => item.Backoff.Ticks),
        Bytes(items, item => item.Error),
        Column(items, item => item.StoredAt.UtcTicks),
        Column(items, item => unchecked((int)item.Checksum)),
        Column(items, item => item.MaxConcurrentSuspects),
        Column(items, item => item.LoneCrashes),
        Column(items, item => item.ValueStageIndex),
    ];

    private static NpgsqlParameter[] ColumnsOf(IReadOnlyList<StoredStep> steps) =>
    [
        Column(steps, step => step.Item),
        Column(steps, step => step.StageIndex),
        Bytes(steps, step => step.Value),
        Column(steps, step => step.Chunks),
        Column(steps, step => step.Attempts),
        Column(steps, step => step.IsSkipped),
        Column(steps, step => step.IsNotified),
        Column(steps, step => step.FinishedAt.UtcTicks),
        Column(steps, step => unchecked((int)step.Checksum)),
        Column(steps, step => step.Format),
    ];

    private static NpgsqlParameter[] ColumnsOf(IReadOnlyList<StoredChunk> chunks) =>
    [
        Column(chunks, chunk => chunk.Item),
        Column(chunks, chunk => chunk.StageIndex),
        Column(chunks, chunk => chunk.Index),
        Bytes(chunks, chunk => chunk.Data),
        Column(chunks, chunk => unchecked((int)chunk.Checksum)),
    ];

    private static NpgsqlParameter[] ColumnsOf(IReadOnlyList<StoredOnce> onces) =>
    [
        Column(onces, once => once.Item),
        Bytes(onces, once => HashOf(once.Stage, once.Key)),
        Column(onces, once => StoredText.Escape(once.Stage)),
        Column(onces, once => StoredText.Escape(once.Key)),
        Column(onces, once => once.Generation),
        Column(onces, once => (short)once.State),
        Bytes(onces, once => once.Answer),
        Column(onces, once => once.StoredAt.UtcTicks),
        Column(onces, once => unchecked((int)once.Contract)),
        Column(onces, once => unchecked((int)once.Checksum)),
        Column(onces, once => once.Format),
    ];

    // Includes the length of the first text, so that different pairs cannot form the same bytes.
    private static ReadOnlyMemory<byte> HashOf(string stage, string key) => SHA256.HashData(MemoryMarshal.AsBytes($"{stage.Length}:{stage}{key}".AsSpan()));

    private static NpgsqlParameter Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value) => Commands.Of(Collect(rows, value));

    private static NpgsqlParameter Bytes<TRow>(IReadOnlyList<TRow> rows, Func<TRow, ReadOnlyMemory<byte>> value) => Commands.OfBytes(Collect(rows, value));

    private static T[] Collect<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var values = new T[rows.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return values;
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
