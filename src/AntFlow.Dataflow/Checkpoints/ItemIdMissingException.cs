using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>With checkpoints every item needs an id of its own, by which it is known again, and this one has none, or one that is too long.</summary>
public sealed class ItemIdMissingException : AntFlowException
{
    internal ItemIdMissingException(string stage, string what, long accepted)
        : base(string.Create(CultureInfo.InvariantCulture, $"{what} (fed into stage '{stage}'; {accepted} items of this call were accepted before it)."), inner: null)
    {
        Stage = stage;
        Accepted = accepted;
    }

    /// <summary>The stage the item was fed into.</summary>
    public string Stage { get; }

    /// <summary>How many items of the call were accepted before it.</summary>
    public long Accepted { get; }
}
