using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Connections created from a connection string: they have the search path from the start, and belong to the store.</summary>
internal sealed class OwnSource : IConnectionSource
{
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveIntervalSeconds = 10;

    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _sessions;

    public OwnSource(string connectionString, string searchPath)
    {
        NpgsqlConnectionStringBuilder settings = Parse(connectionString);
        settings.SearchPath = searchPath;
        settings.Enlist = false;
        settings.Multiplexing = false;
        Server = ConnectionSources.ServerOf(settings);
        settings.ApplicationName ??= "AntFlow.Dataflow";
        if (settings.MaxAutoPrepare == 0)
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (32, 2);
        // Detects a host that disappears without closing its connection, unless the user has configured that already.
        if (settings is { TcpKeepAlive: false, TcpKeepAliveTime: 0 })
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, KeepAliveSeconds, KeepAliveIntervalSeconds);
        _pool = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        if (settings.KeepAlive == 0)
            settings.KeepAlive = KeepAliveSeconds;
        _sessions = NpgsqlDataSource.Create(settings);
    }

    public string Server { get; }

    public ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken) => _pool.OpenConnectionAsync(cancellationToken);

    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => _sessions.OpenConnectionAsync(cancellationToken);

    public void OnBroken() => _pool.Clear();

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync().ConfigureAwait(false);
        await _sessions.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text itself is not repeated: it may hold a password.
            throw new ArgumentException(
                $"The connection string cannot be read: {error.Message.TrimEnd('.')}. It must be pairs such as 'Host=localhost;Database=jobs;Username=antflow'.", nameof(connectionString), error);
        }
    }
}
