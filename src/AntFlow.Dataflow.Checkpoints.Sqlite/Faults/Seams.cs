namespace AntFlow.Dataflow.Checkpoints.Sqlite;

// What the seams do in the faults build: a decision is as it was made, unless its fault is on.
internal sealed partial class SqliteCheckpointRun
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}
