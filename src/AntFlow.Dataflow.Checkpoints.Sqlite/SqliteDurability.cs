namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>What a written batch survives.</summary>
public enum SqliteDurability
{
    /// <summary>A power failure: SQLite flushes every batch to the disk (<c>synchronous=FULL</c>).</summary>
    Full,

    /// <summary>A crash of the process, <c>kill -9</c> included. A power failure may lose the last batches, but the file stays intact (<c>synchronous=NORMAL</c>). Faster on slow
    /// disks.</summary>
    Normal,
}
