using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The exception of an item whose id another accepted item of the run already has. Ids must be unique in a run with checkpoints, or if <see cref="RunOptions.DuplicateHandling"/> is
/// set.</summary>
public sealed class DuplicateItemException : AntFlowException
{
    internal DuplicateItemException(ItemId itemId, long sequence, long firstSequence)
        : base(Describe(itemId, sequence, firstSequence), inner: null)
    {
        ItemId = itemId;
        Sequence = sequence;
        FirstSequence = firstSequence;
    }

    /// <summary>The id that both items have.</summary>
    public ItemId ItemId { get; }

    /// <summary>The sequence number of this item.</summary>
    public long Sequence { get; }

    /// <summary>The sequence number of the item that was accepted first and continues.</summary>
    public long FirstSequence { get; }

    /// <summary>Whether the sequence number of this item is not known yet (<see cref="At"/>). Never true for an exception that user code throws, which has it from another item.</summary>
    internal bool IsUnplaced { get; init; }

    /// <summary>Returns the same exception for an item that has its sequence number now.</summary>
    internal DuplicateItemException At(long sequence) => new(ItemId, sequence, FirstSequence);

    private static string Describe(ItemId itemId, long sequence, long firstSequence) => string.Create(
        CultureInfo.InvariantCulture,
        $"Item {sequence} has the id '{itemId}', which item {firstSequence} already has. Ids must be unique in this run; the first item continues. With RunOptions.DuplicateHandling = Ignore, the second item is dropped and has no result.");
}
