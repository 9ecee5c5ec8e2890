namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>How a <see cref="PostgreSqlCheckpointStore"/> uses its database. Copied when the store is opened, which throws a <see cref="PipelineConfigurationException"/> that tells all wrong
/// values.</summary>
public sealed class PostgreSqlCheckpointOptions
{
    /// <summary>The schema that holds the tables; created if it is missing. It must hold nothing else. Default: <c>antflow</c>. Not empty, at most 63 bytes.</summary>
    public string Schema { get; set; } = "antflow";

    /// <summary>For how long a run stays with an owner that is not heard of, by the clock of the server; renewed every third of it. After this time another host can take over the
    /// run of a process that has crashed; the same host can at once. While the server cannot be reached for longer than this, nothing new starts; what runs goes on, and so does the
    /// run when the server is back, unless another process has taken it over. Default: 30 seconds. From 3 seconds, so that a renewal may be late by a second, to 1 day.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock that says when to renew, and until when a run is certain to be held (<see cref="ICheckpointRun.IsHeld"/>). Which process owns a run is decided by the
    /// server. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    // Garbage collections, a busy thread pool and a slow network take up to a second, and a lease that ends for that makes attempts wait.
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
