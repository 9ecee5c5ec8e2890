namespace AntFlow.Dataflow;

/// <summary>Where an item goes that is about to be fed.</summary>
internal enum FeedRouteKind
{
    /// <summary>Into the stage it was fed into, or the one it goes on with.</summary>
    Stage,

    /// <summary>To the results: it has passed all stages in an earlier life.</summary>
    Results,

    /// <summary>Nowhere: the run has brought it back by itself already.</summary>
    Nowhere,
}

/// <summary>Where an item goes that is about to be fed.</summary>
/// <param name="Kind">Into a stage, to the results, or nowhere.</param>
/// <param name="Stage">The index of the stage.</param>
/// <param name="Error">Why it has failed already, or was taken out (<see cref="ItemSkippedException"/>); null if it goes on.</param>
/// <param name="IsClaimed">Whether the id of the item is claimed for it. It is not where another item has it, or where there is none.</param>
internal readonly record struct FeedRoute(FeedRouteKind Kind, int Stage, Exception? Error, bool IsClaimed = true);
