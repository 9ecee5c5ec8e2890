using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Read connections, each used by one reader at a time; a few are kept with their statements.</summary>
/// <remarks>No lock: a connection that is taken out of the bag has one user. A connection that is returned after the end is closed by the code that returns it.</remarks>
internal sealed class Readers : IDisposable
{
    private const int Kept = 8;
    private const int CannotOpen = 14;
    private readonly ConcurrentBag<Database> _idle = [];
    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private volatile bool _isDisposed;

    public Readers(string path, TimeSpan busyTimeout)
    {
        _path = path;
        _busyTimeout = busyTimeout;
    }

    /// <summary>Runs a query on a thread of the pool.</summary>
    public Task<T> AskAsync<T>(Func<Database, T> question, CancellationToken cancellationToken) => Task.Run(() => Ask(question), cancellationToken);

    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out Database? database))
            database.Dispose();
    }

    private T Ask<T>(Func<Database, T> question)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteCheckpointStore));
        if (!_idle.TryTake(out Database? database))
            database = OpenReader();
        bool isSound = false;
        try
        {
            T answer = question(database);
            isSound = true;
            return answer;
        }
        finally
        {
            if (isSound && _idle.Count < Kept)
                _idle.Add(database);
            else
                database.Dispose();
            if (_isDisposed)
                Dispose();
        }
    }

    private Database OpenReader()
    {
        Database database;
        try
        {
            database = Database.Open(_path, _busyTimeout);
        }
        catch (SqliteException error) when (error.SqliteErrorCode == CannotOpen)
        {
            throw FileTrouble.OfDatabase(_path, error);
        }

        database.Execute("PRAGMA query_only = ON");
        return database;
    }
}
