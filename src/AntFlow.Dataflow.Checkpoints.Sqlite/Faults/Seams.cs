namespace AntFlow.Dataflow.Checkpoints.Sqlite;

// The injection points of the faults build: a decision stays as it was made unless its fault is on.
internal sealed partial class SqliteCheckpointRun
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}
