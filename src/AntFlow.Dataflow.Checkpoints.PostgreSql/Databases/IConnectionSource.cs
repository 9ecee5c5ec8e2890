using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Where connections come from. All of them find the tables through their search path.</summary>
internal interface IConnectionSource : IAsyncDisposable
{
    /// <summary>Where the server is, for errors.</summary>
    string Server { get; }

    /// <summary>A connection for a short time.</summary>
    ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken);

    /// <summary>A connection to keep.</summary>
    ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>A connection was found broken: others that lie in the pool may be, too.</summary>
    void OnBroken();
}

internal static class ConnectionSources
{
    public static string ServerOf(NpgsqlConnectionStringBuilder settings) =>
        settings.Host is { } hosts && hosts.Contains(',', StringComparison.Ordinal) ? hosts : string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{settings.Port}");
}
