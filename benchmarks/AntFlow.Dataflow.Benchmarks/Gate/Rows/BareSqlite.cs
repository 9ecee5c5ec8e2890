using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What one would write by hand: rows of an item and of its value, in transactions of a fixed size, and a loop that reads them again.</summary>
internal sealed class BareSqlite : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _item;
    private readonly SqliteCommand _step;
    private long _key;

    /// <param name="file">The file; made if it is not there.</param>
    public BareSqlite(string file)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        _connection.Open();
        using SqliteCommand schema = _connection.CreateCommand();
        schema.CommandText = """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS items (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, stage INTEGER NOT NULL, priority INTEGER NOT NULL, stored_at INTEGER NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS steps (item INTEGER NOT NULL, stage INTEGER NOT NULL, finished_at INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (item, stage)) STRICT, WITHOUT ROWID;
            """;
        schema.ExecuteNonQuery();
        _begin = _connection.CreateCommand();
        _begin.CommandText = "BEGIN IMMEDIATE";
        _commit = _connection.CreateCommand();
        _commit.CommandText = "COMMIT";
        _item = _connection.CreateCommand();
        _item.CommandText = "INSERT INTO items VALUES ($1, $2, 1, 1, 100, $3)";
        _step = _connection.CreateCommand();
        _step.CommandText = "INSERT INTO steps VALUES ($1, 0, $2, $3)";
        foreach (string name in (string[])["$1", "$2", "$3"])
        {
            _item.Parameters.AddWithValue(name, 0);
            _step.Parameters.AddWithValue(name, 0);
        }
    }

    /// <summary>Writes items, so many a transaction.</summary>
    public void Write(IEnumerable<Receipt> receipts, int perTransaction)
    {
        foreach (Receipt[] chunk in receipts.Chunk(perTransaction))
        {
            _begin.ExecuteNonQuery();
            foreach (Receipt receipt in chunk)
                Write(receipt);
            _commit.ExecuteNonQuery();
        }
    }

    /// <summary>How many seconds one item alone takes until it is durable.</summary>
    public double TimeOne(Receipt receipt)
    {
        long begin = Stopwatch.GetTimestamp();
        Write([receipt], perTransaction: 1);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Reads all items, and adds up their numbers.</summary>
    public long Read()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT i.key, i.id, i.state, i.priority, s.value FROM items i JOIN steps s ON s.item = i.key AND s.stage = 0 ORDER BY i.key";
        using SqliteDataReader reader = command.ExecuteReader();
        long sum = 0;
        long characters = 0;
        while (reader.Read())
        {
            characters += reader.GetInt64(0) + reader.GetString(1).Length + reader.GetInt32(2) + reader.GetInt32(3);
            sum += JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(4), ReceiptJson.Default.Receipt)!.Number;
        }

        return characters > 0 ? sum : -1;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in (SqliteCommand[])[_begin, _commit, _item, _step])
            command.Dispose();
        _connection.Dispose();
    }

    private void Write(Receipt receipt)
    {
        long key = ++_key;
        long now = Stopwatch.GetTimestamp();
        _item.Parameters[0].Value = key;
        _item.Parameters[1].Value = $"n:{key}";
        _item.Parameters[2].Value = now;
        _item.ExecuteNonQuery();
        _step.Parameters[0].Value = key;
        _step.Parameters[1].Value = now;
        _step.Parameters[2].Value = JsonSerializer.SerializeToUtf8Bytes(receipt, ReceiptJson.Default.Receipt);
        _step.ExecuteNonQuery();
    }
}
