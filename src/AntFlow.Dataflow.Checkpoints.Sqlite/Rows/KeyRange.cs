using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The keys of the items that were first stored in one epoch: one range of each tree.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyRange(long First, long Last)
{
    public static KeyRange Of(long epoch) => new(epoch << 32, (epoch << 32) | uint.MaxValue);
}
