namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Where an item goes that is about to be fed.</summary>
internal enum FeedRouteKind
{
    /// <summary>Into the stage it was fed into, or the one it goes on with.</summary>
    Stage,

    /// <summary>To the results: it has passed all stages in an earlier life.</summary>
    Results,

    /// <summary>Nowhere: the run has brought it back by itself already.</summary>
    Nowhere,

    /// <summary>Nowhere: another item has its id, and it is ignored.</summary>
    Ignored,
}

/// <summary>Where an item goes that is about to be fed.</summary>
/// <param name="Kind">Into a stage, to the results, or nowhere.</param>
/// <param name="Stage">The index of the stage.</param>
/// <param name="Error">Why it has failed already, or was taken out (<see cref="ItemSkippedException"/>); null if it goes on.</param>
/// <param name="IsClaimed">Whether the id of the item is claimed for it. It is not where another item has it, or where there is none.</param>
internal readonly record struct FeedRoute(FeedRouteKind Kind, int Stage, Exception? Error, bool IsClaimed = true)
{
    /// <summary>For one that is ignored: what makes the input of the item durable that has its id; null if nothing is still to be written.</summary>
    public Task? Written { get; init; }

    /// <summary>Where an item goes that did not get its id.</summary>
    /// <param name="answer">What it was told.</param>
    /// <param name="item">The item. One that fails loses its id: the exception has it.</param>
    /// <param name="stage">The stage it was fed into.</param>
    /// <param name="ignores">Whether it is ignored if the id is taken.</param>
    public static FeedRoute WithoutId(IdAnswer answer, Item item, int stage, bool ignores)
    {
        if (answer.Status == IdStatus.Returned)
            return new FeedRoute(FeedRouteKind.Nowhere, stage, Error: null, IsClaimed: false);
        if (ignores)
            return new FeedRoute(FeedRouteKind.Ignored, stage, Error: null, IsClaimed: false) { Written = answer.Written };
        var error = new DuplicateItemException(item.Id, item.Sequence, answer.FirstSequence) { IsUnplaced = true };
        // Observers know an item by its id, and must not take what happens to this one for what happens to the first: for them it has the automatic one.
        item.Id = default;
        return new FeedRoute(FeedRouteKind.Stage, stage, error, IsClaimed: false);
    }
}
