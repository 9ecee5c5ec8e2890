namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The destination of an item that is about to be fed.</summary>
internal enum FeedRouteKind
{
    /// <summary>Into the stage it was fed into, or the stage with which it resumes.</summary>
    Stage,

    /// <summary>To the results: it passed all stages before this run was resumed.</summary>
    Results,

    /// <summary>Nowhere: the run has already restored it itself.</summary>
    Nowhere,

    /// <summary>Nowhere: another item has its id, and it is ignored.</summary>
    Ignored,
}

/// <summary>The route of an item that is about to be fed.</summary>
/// <param name="Kind">Into a stage, to the results, or nowhere.</param>
/// <param name="Stage">The index of the stage.</param>
/// <param name="Error">The error if it has failed already or was taken out (<see cref="ItemExcludedException"/>); null if it continues.</param>
/// <param name="IsClaimed">Whether the id is claimed for this item. False if another item has the id, or if there is none.</param>
internal readonly record struct FeedRoute(FeedRouteKind Kind, int Stage, Exception? Error, bool IsClaimed = true)
{
    /// <summary>For an ignored item: the task that completes when the input of the item with its id is durable; null if nothing is still to be written.</summary>
    public Task? Written { get; init; }

    /// <summary>Returns the route of an item that did not get its id.</summary>
    /// <param name="answer">The answer to the claim.</param>
    /// <param name="item">The item. An item that fails loses its id; the exception contains it.</param>
    /// <param name="stage">The stage it was fed into.</param>
    /// <param name="ignores">Whether the item is ignored if the id is taken.</param>
    public static FeedRoute WithoutId(IdAnswer answer, Item item, int stage, bool ignores)
    {
        if (answer.Status == IdStatus.Returned)
            return new FeedRoute(FeedRouteKind.Nowhere, stage, Error: null, IsClaimed: false);
        if (ignores)
            return new FeedRoute(FeedRouteKind.Ignored, stage, Error: null, IsClaimed: false) { Written = answer.Written };
        var error = new DuplicateItemException(item.Id, item.Sequence, answer.FirstSequence) { IsUnplaced = true };
        // Observers identify an item by its id and must not attribute the events of this item to the first one. For them this item has its automatic id.
        item.Id = default;
        return new FeedRoute(FeedRouteKind.Stage, stage, error, IsClaimed: false);
    }
}
