namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>How a <see cref="SqliteCheckpointStore"/> keeps its file. Copied when the store is opened, which throws a <see cref="PipelineConfigurationException"/> that tells all wrong values.</summary>
public sealed class SqliteCheckpointOptions
{
    /// <summary>What a batch survives once it was written. Default: <see cref="SqliteDurability.Full"/>.</summary>
    public SqliteDurability Durability { get; set; } = SqliteDurability.Full;

    /// <summary>How long a writer waits for another process that is writing to the same file. Default: 30 seconds; at least 0.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock. Default: <see cref="System.TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>From which length on the log is warned of.</summary>
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
