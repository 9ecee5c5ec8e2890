using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>How many items were running when earlier starts of the run ended.</summary>
/// <param name="Crashed">How many items a crash has interrupted.</param>
/// <param name="Planned">How many items a planned end has interrupted.</param>
/// <param name="Suspects">How many of the items of a crash run again.</param>
/// <param name="Failed">How many of the items of a crash have failed because of it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InterruptedCounts(int Crashed, int Planned, int Suspects, int Failed)
{
    /// <param name="store">The run with its interrupted attempts.</param>
    /// <param name="crashed">The rows of the items whose crash was counted.</param>
    public static InterruptedCounts Of(ICheckpointRun store, IReadOnlyCollection<StoredItem> crashed) => new(
        CountItems(store.Interrupted),
        CountItems(store.InterruptedAsPlanned),
        crashed.Count(item => item.State == StoredItemState.Unfinished),
        crashed.Count(item => item.State == StoredItemState.Failed));

    private static int CountItems(IEnumerable<StartMark> marks) => marks.DistinctBy(mark => mark.Id, StringComparer.Ordinal).Count();
}
