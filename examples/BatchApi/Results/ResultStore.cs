using Microsoft.Data.Sqlite;

namespace BatchApi;

/// <summary>
/// The SQLite file. A row is written once and never changed, a batch in one transaction: a run that breaks off leaves whole batches.
/// </summary>
internal sealed class ResultStore : IDisposable
{
    // The DELETE, of nothing, finds a file that cannot be written to, the SELECT a table of that name and other columns: before anything is paid for.
    private const string Create = """
        CREATE TABLE IF NOT EXISTS results(
            custom_id TEXT PRIMARY KEY,
            batch TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed')),
            response TEXT,
            error TEXT);
        DELETE FROM results WHERE 0;
        SELECT custom_id, batch, status, response, error FROM results LIMIT 0;
        """;

    private const string Insert = """
        INSERT INTO results(custom_id, batch, status, response, error) VALUES ($custom_id, $batch, $status, $response, $error)
        ON CONFLICT(custom_id) DO NOTHING;
        """;

    // Guards the connection, which one thread may use at a time. Nothing but SQLite is called under it.
    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    /// <exception cref="UsageException">The file is there and is not ours, or cannot be written to.</exception>
    public ResultStore(string path)
    {
        // Unpooled: when we are disposed the file is closed, and whoever reads it next finds everything in it.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            using SqliteCommand create = _connection.CreateCommand();
            create.CommandText = Create;
            create.ExecuteNonQuery();
        }
        catch (SqliteException error)
        {
            _connection.Dispose();
            throw new UsageException($"--output is '{path}'; it cannot be used as a file of results: {error.Message}");
        }
    }

    /// <returns>How many rows are new; those that were there already stay as they are.</returns>
    public int Save(IReadOnlyList<ResultRow> rows)
    {
        lock (_lock)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            using SqliteCommand insert = _connection.CreateCommand();
            insert.Transaction = transaction;
            insert.CommandText = Insert;
            string[] names = ["$custom_id", "$batch", "$status", "$response", "$error"];
            SqliteParameter[] parameters = [.. names.Select(name => insert.Parameters.Add(name, SqliteType.Text))];
            int added = 0;
            foreach (ResultRow row in rows)
            {
                object?[] values = [row.CustomId, row.Batch, row.Status, row.Response, row.Error];
                for (int i = 0; i < values.Length; i++)
                    parameters[i].Value = values[i] ?? DBNull.Value;
                added += insert.ExecuteNonQuery();
            }

            transaction.Commit();
            return added;
        }
    }

    public IReadOnlySet<string> SavedIds()
    {
        lock (_lock)
        {
            using SqliteCommand select = _connection.CreateCommand();
            select.CommandText = "SELECT custom_id FROM results";
            using SqliteDataReader reader = select.ExecuteReader();
            var ids = new HashSet<string>(StringComparer.Ordinal);
            while (reader.Read())
                ids.Add(reader.GetString(0));
            return ids;
        }
    }

    public void Dispose() => _connection.Dispose();
}
