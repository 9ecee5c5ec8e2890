using System.Data;
using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Deletes runs: first the name, so that the run is no longer found; then the rows in slices, each in its own transaction; and the row of the run last.</summary>
/// <remarks>A user cannot choose the name that a deleted run gets instead: in an escaped text, only <c>\\</c>, <c>\0</c> or <c>\u</c> follow a backslash. Without an epoch the run is
/// in no list, and an owner that was lost writes nothing. A crash therefore only leaves a row that the next deletion finds by its name.</remarks>
internal static class RunDeletion
{
    /// <summary>How many rows a slice has, or a few more: all rows of an item are deleted together.</summary>
    public const int RowsOfSlice = 4_096;

    // Chunks are large.
    private const int ChunksOfSlice = 64;

    private const string LockRun = "SELECT number FROM runs WHERE run_id = $1 FOR UPDATE";
    private const string LockLast = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1 FOR UPDATE OF o";
    private const string Unname = "UPDATE runs SET run_id = $2, epoch = NULL, description = NULL WHERE number = $1";
    private const string DeleteMarks = "DELETE FROM marks WHERE run = $1";

    // An owner whose lease had ended and that renews it all the same finds nothing to renew.
    private const string DeleteOpenings = "DELETE FROM openings WHERE run = $1";
    private const string FindLeft = "SELECT number FROM runs WHERE run_id >= $1 AND run_id < $2 ORDER BY number";
    private const string Deleted = @"\deleted ";
    private const string BehindDeleted = @"\deleted!";

    // One process at a time deletes a slice of a run: two would wait for each other's rows, in whatever order.
    private const string LockLeft = "SELECT FROM runs WHERE number = $1 FOR UPDATE";
    private const string DeleteRun = "DELETE FROM runs WHERE number = $1 AND epoch IS NULL";

    private static readonly (string End, string Delete, int Rows)[] _tables =
    [
        ("SELECT item FROM onces WHERE run = $1 AND item > $2 ORDER BY item LIMIT 1 OFFSET $3", "DELETE FROM onces WHERE run = $1 AND item > $2 AND item <= $3", RowsOfSlice),
        ("SELECT item FROM chunks WHERE run = $1 AND item > $2 ORDER BY item LIMIT 1 OFFSET $3", "DELETE FROM chunks WHERE run = $1 AND item > $2 AND item <= $3", ChunksOfSlice),
        ("SELECT item FROM steps WHERE run = $1 AND item > $2 ORDER BY item LIMIT 1 OFFSET $3", "DELETE FROM steps WHERE run = $1 AND item > $2 AND item <= $3", RowsOfSlice),
        ("SELECT key FROM items WHERE run = $1 AND key > $2 ORDER BY key LIMIT 1 OFFSET $3", "DELETE FROM items WHERE run = $1 AND key > $2 AND key <= $3", RowsOfSlice),
    ];

    /// <summary>Deletes a run that has no owner, and the remaining rows of deleted runs.</summary>
    /// <returns>Whether the run existed.</returns>
    public static async ValueTask<bool> DeleteAsync(Database database, string runId, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            bool isDeleted = await UnnameAsync(connection, runId, cancellationToken).ConfigureAwait(false);
            foreach (int left in await connection.ReadAsync(FindLeft, row => row.GetInt32(0), cancellationToken, Commands.Of(Deleted), Commands.Of(BehindDeleted)).ConfigureAwait(false))
                await DeleteRowsAsync(connection, left, cancellationToken).ConfigureAwait(false);
            return isDeleted;
        }
    }

    private static async ValueTask<bool> UnnameAsync(NpgsqlConnection connection, string runId, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            List<int> numbers = await connection.ReadAsync(LockRun, row => row.GetInt32(0), cancellationToken, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false);
            if (numbers is not [int number])
                return false;
            if ((await connection.ReadAsync(LockLast, Opening.Read, cancellationToken, Commands.Of(number)).ConfigureAwait(false)).FirstOrDefault() is { IsFree: false } owner)
                throw new RunOwnedException(runId, owner.Describe());
            await connection.CallAsync(Unname, cancellationToken, Commands.Of(number), Commands.Of(string.Create(CultureInfo.InvariantCulture, $"{Deleted}{number}"))).ConfigureAwait(false);
            await connection.CallAsync(DeleteOpenings, cancellationToken, Commands.Of(number)).ConfigureAwait(false);
            await connection.CallAsync(DeleteMarks, cancellationToken, Commands.Of(number)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private static async ValueTask DeleteRowsAsync(NpgsqlConnection connection, int run, CancellationToken cancellationToken)
    {
        foreach ((string end, string delete, int rows) in _tables)
        {
            // Continues where the last slice ended: the rows before it are deleted, but still in the index.
            long? last = long.MinValue;
            while (last is { } begin)
                last = await DeleteSliceAsync(connection, run, begin, end, delete, rows, cancellationToken).ConfigureAwait(false);
        }

        await connection.CallAsync(DeleteRun, cancellationToken, Commands.Of(run)).ConfigureAwait(false);
    }

    /// <summary>Deletes a slice.</summary>
    /// <returns>The key it ended with; null if it was the last one.</returns>
    private static async ValueTask<long?> DeleteSliceAsync(
        NpgsqlConnection connection, int run, long begin, string findEnd, string delete, int rows, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.ReadAsync(LockLeft, _ => true, cancellationToken, Commands.Of(run)).ConfigureAwait(false);
            long? end = (await connection.ReadAsync(
                findEnd, row => (long?)row.GetInt64(0), cancellationToken, Commands.Of(run), Commands.Of(begin), Commands.Of((long)rows - 1)).ConfigureAwait(false)).FirstOrDefault();
            await connection.CallAsync(delete, cancellationToken, Commands.Of(run), Commands.Of(begin), Commands.Of(end ?? long.MaxValue)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return end;
        }
    }
}
