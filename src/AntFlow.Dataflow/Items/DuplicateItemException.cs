using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Ids are unique in the run, because it has checkpoints or by <see cref="RunOptions.OnDuplicate"/>, and an item was accepted already that has this one.</summary>
public sealed class DuplicateItemException : AntFlowException
{
    internal DuplicateItemException(ItemId itemId, long sequence, long firstSequence)
        : base(Describe(itemId, sequence, firstSequence), inner: null)
    {
        ItemId = itemId;
        Sequence = sequence;
        FirstSequence = firstSequence;
    }

    /// <summary>The id.</summary>
    public ItemId ItemId { get; }

    /// <summary>The sequence number of this item.</summary>
    public long Sequence { get; }

    /// <summary>The sequence number of the item that came first, and that goes on.</summary>
    public long FirstSequence { get; }

    /// <summary>Whether it is still to be told of which item it is (<see cref="At"/>). One that user code throws, which has it from another item, is not.</summary>
    internal bool IsUnplaced { get; init; }

    /// <summary>The same of an item that has its sequence number by now.</summary>
    internal DuplicateItemException At(long sequence) => new(ItemId, sequence, FirstSequence);

    private static string Describe(ItemId itemId, long sequence, long firstSequence) => string.Create(
        CultureInfo.InvariantCulture,
        $"Item {sequence} has the id '{itemId}', which item {firstSequence} has already. Ids are unique in this run; the first one goes on. With RunOptions.OnDuplicate = Ignore, the second one is dropped and has no result.");
}
