namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Configures a <see cref="PostgreSqlCheckpointStore"/>. Copied when the store is opened, which throws a <see cref="PipelineConfigurationException"/> that lists all invalid
/// values.</summary>
public sealed class PostgreSqlCheckpointOptions
{
    /// <summary>Gets or sets the schema for the tables; created if it is missing. It must hold nothing else. Default: <c>antflow</c>. Not empty, at most 63 bytes.</summary>
    public string Schema { get; set; } = "antflow";

    /// <summary>Gets or sets how long an owner keeps a run without renewing its lease, by the clock of the server; the owner renews the lease every third of this time. After this time
    /// another host can take over the run of a crashed process; a process on the same host can do so at once. If the server is unreachable for longer, no new attempt starts, and running
    /// attempts continue. The run continues when the server is back, unless another process has taken it over. Default: 30 seconds. From 3 seconds, so that a renewal may be late by a second,
    /// to 1 day.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the clock that determines when to renew the lease and until when a run is certain to be held (<see cref="ICheckpointRun.IsOwned"/>). The server alone decides which
    /// process owns a run. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    // Garbage collections, a busy thread pool or a slow network can delay a renewal by up to a second, and attempts wait while the lease has ended.
    private static readonly TimeSpan _shortestLease = TimeSpan.FromSeconds(3);

    internal PostgreSqlCheckpointOptions Checked()
    {
        string[] faults = [.. FindFaults()];
        return faults.Length == 0 ? (PostgreSqlCheckpointOptions)MemberwiseClone() : throw new PipelineConfigurationException(faults);
    }

    private IEnumerable<string> FindFaults()
    {
        const string Name = nameof(PostgreSqlCheckpointOptions);
        if (string.IsNullOrWhiteSpace(Schema))
            yield return $"{Name}.Schema is '{Schema}'; it must have a character that is not white space.";
        else if (System.Text.Encoding.UTF8.GetByteCount(Schema) > 63 || Schema.Contains('\0', StringComparison.Ordinal))
            yield return $"{Name}.Schema is '{Schema}'; it must have at most 63 bytes in UTF-8, and no null character.";
        if (LeaseTime < _shortestLease || LeaseTime > TimeSpan.FromDays(1))
            yield return $"{Name}.LeaseTime is {LeaseTime}; it must be from 3 seconds to 1 day: it is renewed every third of it, and a renewal takes its time.";
        if (TimeProvider is null)
            yield return $"{Name}.TimeProvider is null; it must have a value.";
    }
}
