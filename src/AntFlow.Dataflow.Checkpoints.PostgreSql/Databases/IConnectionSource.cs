using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>A source of connections. All of them find the tables through their search path.</summary>
internal interface IConnectionSource : IAsyncDisposable
{
    /// <summary>The address of the server, for errors.</summary>
    string Server { get; }

    /// <summary>Takes a connection for a short time.</summary>
    ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken);

    /// <summary>Opens a connection to keep.</summary>
    ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Called when a connection was found broken: others in the pool may be broken as well.</summary>
    void OnBroken();
}

internal static class ConnectionSources
{
    public static string ServerOf(NpgsqlConnectionStringBuilder settings) =>
        settings.Host is { } hosts && hosts.Contains(',', StringComparison.Ordinal) ? hosts : string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{settings.Port}");
}
