namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>What a batch survives once it was written.</summary>
public enum SqliteDurability
{
    /// <summary>The loss of power: the disk is asked to keep every batch (<c>synchronous=FULL</c>).</summary>
    Full,

    /// <summary>The death of the process, <c>kill -9</c> included. At the loss of power the last batches may be lost, and the file stays whole (<c>synchronous=NORMAL</c>). Faster where
    /// the disk is slow.</summary>
    Normal,
}
