namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>How a <see cref="PostgreSqlCheckpointStore"/> uses its database.</summary>
public sealed record PostgreSqlCheckpointOptions
{
    /// <summary>The schema that holds the tables; created if it is missing. It must hold nothing else. Default: <c>antflow</c>. Not empty, at most 63 bytes.</summary>
    public string Schema { get; init; } = "antflow";

    /// <summary>For how long a run stays with an owner of whom nothing is heard, by the clock of the server; renewed every third of it. Another host can take the run over of a
    /// process that died after this time; the same host at once. Default: 30 seconds. From 1 second to 1 day.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock that says when to renew, and for how long a run is held still (<see cref="ICheckpointRun.HoldsFor"/>). Who owns a run is decided by the clock of the
    /// server. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void ThrowIfWrong()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Schema);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (System.Text.Encoding.UTF8.GetByteCount(Schema) > 63 || Schema.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"Schema is '{Schema}'; it must have at most 63 bytes in UTF-8. Set it with PostgreSqlCheckpointOptions.Schema.", nameof(Schema));
        if (LeaseTime < TimeSpan.FromSeconds(1) || LeaseTime > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(LeaseTime), LeaseTime, "LeaseTime must be from 1 second to 1 day. Set it with PostgreSqlCheckpointOptions.LeaseTime.");
        }
    }
}
