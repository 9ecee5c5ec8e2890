namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>How a <see cref="SqliteCheckpointStore"/> keeps its file. Copied when the store is opened.</summary>
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
        if (!Enum.IsDefined(Durability))
            throw new ArgumentOutOfRangeException(nameof(Durability), Durability, "SqliteCheckpointOptions: Durability is Full or Normal.");
        if (BusyTimeout < TimeSpan.Zero || BusyTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(BusyTimeout), BusyTimeout, $"SqliteCheckpointOptions: BusyTimeout is {BusyTimeout}; it must be at least 0 and at most {int.MaxValue} ms.");
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
        return (SqliteCheckpointOptions)MemberwiseClone();
    }
}
