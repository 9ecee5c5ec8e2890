namespace AntFlow.Dataflow.Snapshots;

// The seams of this namespace in the faults build.
internal static partial class SnapshotBuilder
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}
