namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>How a <see cref="PostgreSqlCheckpointStore"/> uses its database.</summary>
public sealed record PostgreSqlCheckpointOptions
{
    /// <summary>The schema that holds the tables; created if it is missing. It must hold nothing else. Default: <c>antflow</c>. Not empty, at most 63 bytes.</summary>
    public string Schema { get; init; } = "antflow";

    /// <summary>For how long a run stays with an owner that is not heard of, by the clock of the server; renewed every third of it. After this time another host can take over the
    /// run of a process that has crashed; the same host can at once. While the server cannot be reached for longer than this, nothing new starts; what runs goes on, and so does the
    /// run when the server is back, unless another process has taken it over. Default: 30 seconds. From 3 seconds, so that a renewal may be late by a second, to 1 day.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock that says when to renew, and until when a run is certain to be held (<see cref="ICheckpointRun.IsHeld"/>). Which process owns a run is decided by the
    /// server. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    // Garbage collections, a busy thread pool and a slow network take up to a second, and a lease that ends for that makes attempts wait.
    private static readonly TimeSpan _shortestLease = TimeSpan.FromSeconds(3);

    internal void ThrowIfWrong()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Schema);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (System.Text.Encoding.UTF8.GetByteCount(Schema) > 63 || Schema.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"Schema is '{Schema}'; it must have at most 63 bytes in UTF-8. Set it with PostgreSqlCheckpointOptions.Schema.", nameof(Schema));
        if (LeaseTime < _shortestLease || LeaseTime > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(LeaseTime), LeaseTime, "LeaseTime must be from 3 seconds to 1 day: it is renewed every third of it, and a renewal takes its time. Set it with PostgreSqlCheckpointOptions.LeaseTime.");
        }
    }
}
