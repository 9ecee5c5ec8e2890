using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The runs of a store: finds, lists and deletes them.</summary>
internal static class RunList
{
    private const string FindNumber = "SELECT number FROM runs WHERE run_id = $1";

    private const string List = $"""
        SELECT r.run_id, r.created_at, r.written_at, r.description, c.unfinished, c.succeeded, c.failed, c.canceled, {Opening.Columns}
        FROM runs r
        JOIN openings o ON o.epoch = r.epoch
        CROSS JOIN LATERAL
        (
            SELECT count(*) FILTER (WHERE state = 0) AS unfinished, count(*) FILTER (WHERE state = 1) AS succeeded, count(*) FILTER (WHERE state = 2) AS failed,
                count(*) FILTER (WHERE state = 3) AS canceled
            FROM items WHERE run = r.number
        ) c
        ORDER BY r.number
        """;

    private const int OpeningAt = 8;

    private const string LockRun = $"SELECT number FROM runs WHERE run_id = $1 FOR UPDATE";
    private const string LockLast = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1 FOR UPDATE OF o";

    private static readonly string[] _deletions =
    [
        "DELETE FROM marks WHERE run = $1",
        "DELETE FROM onces WHERE run = $1",
        "DELETE FROM chunks WHERE run = $1",
        "DELETE FROM steps WHERE run = $1",
        "DELETE FROM items WHERE run = $1",
        "DELETE FROM runs WHERE number = $1",
    ];

    /// <summary>The number of a run; null for an unknown one.</summary>
    public static ValueTask<int?> FindNumberAsync(Database database, string runId, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) =>
                (await connection.ReadAsync(FindNumber, row => (int?)row.GetInt32(0), token, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false)).FirstOrDefault(),
            cancellationToken);

    public static async IAsyncEnumerable<StoredRun> ReadRunsAsync(Database database, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Runs are few; their items are only counted.
        foreach (StoredRun run in await database.AskAsync((connection, token) => connection.ReadAsync(List, ReadRun, token), cancellationToken).ConfigureAwait(false))
            yield return run;
    }

    /// <summary>Deletes a run that is nobody's. Whoever believes to own it finds no row of it any more.</summary>
    public static async ValueTask<bool> DeleteAsync(Database database, string runId, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                List<int> numbers = await connection.ReadAsync(LockRun, row => row.GetInt32(0), cancellationToken, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false);
                if (numbers is not [int number])
                    return false;
                if ((await connection.ReadAsync(LockLast, Opening.Read, cancellationToken, Commands.Of(number)).ConfigureAwait(false)).FirstOrDefault() is { IsFree: false } owner)
                    throw new RunOwnedException(runId, owner.Describe());
                foreach (string deletion in _deletions)
                    await connection.CallAsync(deletion, cancellationToken, Commands.Of(number)).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
        }
    }

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
            Epoch = opening.Epoch,
            Owner = opening.IsFree ? null : opening.Process.ToString(),
        };
    }
}
