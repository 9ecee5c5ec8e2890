namespace AntFlow.Dataflow.Checkpoints;

// The seams of this namespace in the faults build.
internal sealed partial class CheckpointWriter
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class PlannedEnds
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class OnceKeeper
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class OwnershipGuard
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class StoredItemReader
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}
