using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>A prepared statement. It is used by one thread at a time, the one that has its <see cref="Database"/>.</summary>
/// <remarks>Bypasses Microsoft.Data.Sqlite on purpose: it boxes nothing, looks nothing up by name, and reports a busy file at once instead of sleeping.</remarks>
internal sealed class Statement : IDisposable
{
    private const int MaxOnStack = 512;
    private readonly Database _database;
    private readonly sqlite3_stmt _statement;

    public Statement(Database database, sqlite3_stmt statement)
    {
        _database = database;
        _statement = statement;
    }

    /// <summary>Begins a use. Disposing the returned value ends it and resets the statement for the next one.</summary>
    public Use Begin() => new(this);

    public Statement Bind(int index, long value)
    {
        _database.Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    public Statement Bind(int index, long? value)
    {
        _database.Check(value is { } some ? raw.sqlite3_bind_int64(_statement, index, some) : raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public Statement Bind(int index, string? value)
    {
        if (value is null)
        {
            _database.Check(raw.sqlite3_bind_null(_statement, index));
            return this;
        }

        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = most > MaxOnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        try
        {
            // One byte is kept in reserve, so that the address of an empty text is never null, which would mean NULL.
            Span<byte> buffer = rented ?? stackalloc byte[MaxOnStack + 1];
            int length = AnyText.Write(value, buffer);
            _database.Check(raw.sqlite3_bind_text(_statement, index, buffer[..length]));
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }

        return this;
    }

    public Statement Bind(int index, ReadOnlyMemory<byte> value)
    {
        // An empty span has no address, and no address means NULL.
        _database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value.Span));
        return this;
    }

    /// <summary>Moves to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            _database.Throw(code);
        return false;
    }

    /// <summary>Runs a statement and ignores its rows.</summary>
    public void Execute()
    {
        using Use use = Begin();
        while (Step())
        {
        }
    }

    /// <summary>Runs a statement, and returns false instead of throwing if the file is busy.</summary>
    public bool TryExecute()
    {
        using Use use = Begin();
        int code = raw.sqlite3_step(_statement);
        if ((code & 0xff) == raw.SQLITE_BUSY)
            return false;
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            _database.Throw(code);
        return true;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => unchecked((int)raw.sqlite3_column_int64(_statement, column));

    public uint Checksum(int column) => unchecked((uint)raw.sqlite3_column_int64(_statement, column));

    /// <summary>Reads a text. Of invalid bytes it returns what can be decoded: the checksum does not match then.</summary>
    public string Text(int column) => AnyText.Read(raw.sqlite3_column_blob(_statement, column));

    public ReadOnlyMemory<byte> Blob(int column)
    {
        ReadOnlySpan<byte> bytes = raw.sqlite3_column_blob(_statement, column);
        return bytes.IsEmpty ? default : bytes.ToArray();
    }

    /// <summary>Reads a point in time. Damaged ticks become another time instead of an exception: the checksum does not match then.</summary>
    public DateTimeOffset Time(int column)
    {
        long ticks = Long(column);
        return ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks ? DateTimeOffset.MinValue : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    public void Dispose() => _statement.Dispose();

    private void Reset() => _ = raw.sqlite3_reset(_statement);

    /// <summary>A use of a statement.</summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly ref struct Use
    {
        private readonly Statement _statement;

        public Use(Statement statement) => _statement = statement;

        public void Dispose() => _statement.Reset();
    }
}
