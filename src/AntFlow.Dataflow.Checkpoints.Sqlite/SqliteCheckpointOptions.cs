namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Configures a <see cref="SqliteCheckpointStore"/>. Copied when the store is opened, which throws a <see cref="PipelineConfigurationException"/> that lists all invalid values.</summary>
public sealed class SqliteCheckpointOptions
{
    /// <summary>Gets or sets what a written batch survives. Default: <see cref="SqliteDurability.Full"/>.</summary>
    public SqliteDurability Durability { get; set; } = SqliteDurability.Full;

    /// <summary>Gets or sets how long a write waits for another process that is writing to the same file. Default: 30 seconds; at least 0.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the clock. Default: <see cref="System.TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The length of the log, in bytes, from which on the store reports a warning.</summary>
    internal long LargeLog { get; set; } = 256 << 20;

    internal SqliteCheckpointOptions Checked()
    {
        string[] faults = [.. FindFaults()];
        return faults.Length == 0 ? (SqliteCheckpointOptions)MemberwiseClone() : throw new PipelineConfigurationException(faults);
    }

    private IEnumerable<string> FindFaults()
    {
        const string Name = nameof(SqliteCheckpointOptions);
        if (!Enum.IsDefined(Durability))
            yield return $"{Name}.Durability is {Durability}; it must be Full or Normal.";
        if (BusyTimeout < TimeSpan.Zero || BusyTimeout.TotalMilliseconds > int.MaxValue)
            yield return $"{Name}.BusyTimeout is {BusyTimeout}; it must be from zero to {TimeSpan.FromMilliseconds(int.MaxValue)}.";
        if (TimeProvider is null)
            yield return $"{Name}.TimeProvider is null; it must have a value.";
    }
}
