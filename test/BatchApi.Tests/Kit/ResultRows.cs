using Microsoft.Data.Sqlite;

namespace BatchApi.Tests;

/// <summary>Looks into a file of results without the code that wrote it.</summary>
internal static class ResultRows
{
    public static IReadOnlyList<ResultRow> Read(string path)
    {
        using SqliteConnection connection = Open(path);
        using SqliteCommand select = connection.CreateCommand();
        select.CommandText = "SELECT custom_id, batch, status, response, error FROM results ORDER BY custom_id";
        using SqliteDataReader reader = select.ExecuteReader();
        var rows = new List<ResultRow>();
        while (reader.Read())
            rows.Add(new ResultRow(reader.GetString(0), reader.GetString(1), reader.GetString(2) == "succeeded", Text(reader, 3), Text(reader, 4)));
        return rows;
    }

    public static void Execute(string path, string sql)
    {
        using SqliteConnection connection = Open(path);
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are those of tests
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
