using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Thrown when an item has no id, or an id that is too long. With checkpoints every item needs a unique id, by which a resumed run recognizes it.</summary>
public sealed class ItemIdMissingException : AntFlowException
{
    internal ItemIdMissingException(string stage, string what, long accepted)
        : base(string.Create(CultureInfo.InvariantCulture, $"{what} (fed into stage '{stage}'; {accepted} items of this call were accepted before it)."), inner: null)
    {
        Stage = stage;
        Accepted = accepted;
    }

    /// <summary>Gets the stage the item was fed into.</summary>
    public string Stage { get; }

    /// <summary>Gets how many items of the call were accepted before it.</summary>
    public long Accepted { get; }
}
