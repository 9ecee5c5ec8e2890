namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The one write connection of a store, and the queue in front of it.</summary>
/// <remarks><b>The gate</b> admits one transaction at a time to the connection; its body runs on a thread of the pool, so that no caller is blocked. All runs of the store share
/// it, so within one process the file is never busy.</remarks>
internal sealed class Writer : IDisposable
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(50);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Database _database;
    private readonly TimeSpan _busyTimeout;
    private readonly TimeProvider _time;
    private bool _isDisposed;

    /// <param name="database">The connection; its statements do not wait for a busy file.</param>
    /// <param name="options">The time to wait for another process that writes, the clock, and the durability.</param>
    public Writer(Database database, SqliteCheckpointOptions options)
    {
        _database = database;
        _busyTimeout = options.BusyTimeout;
        _time = options.TimeProvider;
        IsDurable = options.Durability == SqliteDurability.Full;
    }

    /// <summary>Whether committed data survive a power failure.</summary>
    public bool IsDurable { get; }

    /// <summary>Runs a body in a transaction, and commits. If the body throws, nothing is written.</summary>
    public async Task<T> InTransactionAsync<T>(Func<Database, T> body, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await TryUntilDoneAsync(body, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs a body in a transaction that survives a power failure, whatever the other transactions do: a later record in another file must not be newer than this file.</summary>
    public async Task<T> InDurableTransactionAsync<T>(Func<Database, T> body, CancellationToken cancellationToken)
    {
        if (IsDurable)
            return await InTransactionAsync(body, cancellationToken).ConfigureAwait(false);
        // The gate is held during all three steps, so that the last step of another call cannot run between the first and the second.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteCheckpointStore));
            await Task.Run(() => _database.Execute("PRAGMA synchronous = FULL"), cancellationToken).ConfigureAwait(false);
            try
            {
                return await TryUntilDoneAsync(body, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await Task.Run(() => _database.Execute("PRAGMA synchronous = NORMAL"), CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Uses the connection outside a transaction.</summary>
    public async Task UseAsync(Action<Database> body)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteCheckpointStore));
            await Task.Run(() => body(_database)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask CloseAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed)
                return;
            _isDisposed = true;

            // Closing the last connection of a file merges the log into it, which may take a moment.
            await Task.Run(_database.Dispose).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<T> TryUntilDoneAsync<T>(Func<Database, T> body, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteCheckpointStore));
        long began = _time.GetTimestamp();
        for (TimeSpan pause = TimeSpan.FromMilliseconds(1); ; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
        {
            bool isLast = _time.GetElapsedTime(began) >= _busyTimeout;
            (bool isDone, T value) = await Task.Run(() => Try(body, isLast), cancellationToken).ConfigureAwait(false);
            if (isDone)
                return value;
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private (bool IsDone, T Value) Try<T>(Func<Database, T> body, bool isLast)
    {
        if (isLast)
            _database[Statements.Begin].Execute();
        else if (!_database[Statements.Begin].TryExecute())
            return (false, default!);

        try
        {
            T value = body(_database);
            _database[Statements.Commit].Execute();
            return (true, value);
        }
        catch
        {
            _database.RollBack();
            throw;
        }
    }
}
