using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>A connection with its prepared statements. It is used by one thread at a time.</summary>
[DebuggerDisplay("{_path}, {_statements.Count} statements")]
internal sealed class Database : IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance);

    private Database(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
    }

    /// <summary>Whether no transaction is open.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(Handle) != 0;

    /// <summary>How many rows the last statement has changed.</summary>
    public int Changes => raw.sqlite3_changes(Handle);

    private sqlite3 Handle => _connection.Handle!;

    /// <summary>Opens a connection.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeout">How long a statement waits while the file is busy.</param>
    /// <param name="create">Whether to create the file if it does not exist.</param>
    public static Database Open(string path, TimeSpan busyTimeout, bool create = false)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            var database = new Database(path, connection);
            database.SetBusyTimeout(busyTimeout);

            // Damage is detected at the damaged page. Memory-mapped reading stays off: if the file is truncated, it would crash the process.
            database.Execute("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0;");
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void SetBusyTimeout(TimeSpan time) => _ = raw.sqlite3_busy_timeout(Handle, (int)time.TotalMilliseconds);

    /// <summary>Returns the statement of a text, prepared once. Texts are compared by reference: they are constants.</summary>
    public Statement this[string sql]
    {
        get
        {
            if (_statements.TryGetValue(sql, out Statement? known))
                return known;
            Check(raw.sqlite3_prepare_v2(Handle, sql, out sqlite3_stmt prepared));
            return _statements[sql] = new Statement(this, prepared);
        }
    }

    /// <summary>Runs any number of statements once.</summary>
    public void Execute(string script)
    {
        int code = raw.sqlite3_exec(Handle, script);
        if (code != raw.SQLITE_OK)
            Throw(code);
    }

    /// <summary>Runs a statement once, and returns its first value as text.</summary>
    public string Ask(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out sqlite3_stmt prepared));
        using var statement = new Statement(this, prepared);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>Rolls back an unfinished transaction; a failed one may have ended already.</summary>
    public void RollBack()
    {
        if (!IsIdle)
            _ = raw.sqlite3_exec(Handle, "ROLLBACK");
    }

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            Throw(code);
    }

    /// <summary>Throws the exception for an error code.</summary>
    [StackTraceHidden]
    public void Throw(int code)
    {
        string message = raw.sqlite3_errmsg(Handle).utf8_to_string();
        int extended = raw.sqlite3_extended_errcode(Handle);
        var said = new SqliteException($"SQLite Error {code & 0xff}: '{message}' ({_path}).", code & 0xff, (extended & 0xff) == (code & 0xff) ? extended : code);
        throw (code & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_FORMAT
            ? new InvalidDataException($"The checkpoints in '{_path}' are damaged, or are not checkpoints: {message}. Restore the file from a copy, or move it and its side files away.", said)
            : (code & 0xff) == raw.SQLITE_READONLY ? FileTrouble.OfReadOnly(_path, said)
            : (code & 0xff) == raw.SQLITE_FULL ? FileTrouble.OfFullDisk(_path, said)
            : (code & 0xff) == raw.SQLITE_CANTOPEN ? FileTrouble.OfDatabase(_path, said)
            : said;
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
            statement.Dispose();
        _connection.Dispose();
    }
}
