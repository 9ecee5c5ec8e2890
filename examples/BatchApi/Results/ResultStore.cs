using Microsoft.Data.Sqlite;

namespace BatchApi;

/// <summary>
/// The SQLite file. A row is written once and never changed. A batch is written in one transaction, so an interrupted run leaves only complete batches.
/// </summary>
internal sealed class ResultStore : IDisposable
{
    // The DELETE, of nothing, detects a file that cannot be written to; the SELECT detects a table with other columns. Both happen before anything is paid for.
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

    // Guards the connection, which one thread may use at a time. Only SQLite is called under it.
    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    /// <exception cref="UsageException">The file exists and has another format, or cannot be written to.</exception>
    public ResultStore(string path)
    {
        // Without pooling, so that Dispose closes the file and the next reader finds all rows in it.
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

    /// <returns>The number of new rows; existing rows stay unchanged.</returns>
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
