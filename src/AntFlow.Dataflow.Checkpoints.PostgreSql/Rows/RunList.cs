using System.Runtime.CompilerServices;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Finds and lists the runs of a store.</summary>
internal static class RunList
{
    private const string FindNumber = "SELECT number FROM runs WHERE run_id = $1";

    private const string List = $"""
        SELECT r.run_id, r.created_at, r.written_at, r.description, c.unfinished, c.succeeded, c.failed, c.canceled, c.filtered, {Opening.Columns}
        FROM runs r
        JOIN openings o ON o.epoch = r.epoch
        CROSS JOIN LATERAL
        (
            SELECT count(*) FILTER (WHERE state = 0) AS unfinished, count(*) FILTER (WHERE state = 1) AS succeeded, count(*) FILTER (WHERE state = 2) AS failed,
                count(*) FILTER (WHERE state = 3) AS canceled, count(*) FILTER (WHERE state = 4) AS filtered
            FROM items WHERE run = r.number
        ) c
        ORDER BY r.number
        """;

    private const string Find = $"""
        SELECT r.run_id, r.created_at, r.written_at, r.description, -1::bigint, -1::bigint, -1::bigint, -1::bigint, -1::bigint, {Opening.Columns}
        FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.run_id = $1
        """;

    private const int OpeningAt = 9;

    /// <summary>Returns the number of a run; null for an unknown one.</summary>
    public static ValueTask<int?> FindNumberAsync(Database database, string runId, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) =>
                (await connection.ReadAsync(FindNumber, row => (int?)row.GetInt32(0), token, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false)).FirstOrDefault(),
            cancellationToken);

    public static async IAsyncEnumerable<StoredRun> ReadRunsAsync(Database database, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // There are few runs; their items are only counted.
        foreach (StoredRun run in await database.AskAsync((connection, token) => connection.ReadAsync(List, ReadRun, token), cancellationToken).ConfigureAwait(false))
            yield return run;
    }

    /// <summary>Returns one run, without counts; null for an unknown one.</summary>
    public static ValueTask<StoredRun?> FindAsync(Database database, string runId, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) => (await connection.ReadAsync(Find, ReadRun, token, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false)).FirstOrDefault(),
            cancellationToken);

    private static StoredRun ReadRun(NpgsqlDataReader row)
    {
        Opening opening = Opening.ReadAt(row, OpeningAt);
        return new StoredRun
        {
            RunId = StoredText.Unescape(row.GetString(0)),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(1),
            WrittenAt = row.GetFieldValue<DateTimeOffset>(2),
            Description = row.IsDBNull(3) ? null : StoredText.Unescape(row.GetString(3)),
            Unfinished = row.GetInt64(4),
            Succeeded = row.GetInt64(5),
            Failed = row.GetInt64(6),
            Canceled = row.GetInt64(7),
            Filtered = row.GetInt64(8),
            Epoch = opening.Epoch,
            Owner = opening.IsFree ? null : opening.Process.ToString(),
        };
    }
}
